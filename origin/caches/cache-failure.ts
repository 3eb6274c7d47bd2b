import type { CacheFault } from "./cache-fault.ts";

/** One cache has failed. The message is that of its fault. Only this room catches it. */
export class CacheFailure extends Error {
  override readonly name = "CacheFailure";
  readonly fault: CacheFault;
  /** Whether the cache may work a moment later. */
  readonly isTransient: boolean;

  constructor(fault: CacheFault, isTransient: boolean, cause?: unknown) {
    super(`the binary cache ${fault.cache} ${fault.words}`, { cause });
    this.fault = fault;
    this.isTransient = isTransient;
  }
}
