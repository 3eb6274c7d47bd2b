import type { CacheFailure } from "./cache-failure.ts";

/** No cache can give a path, and one of them has failed. The message names the path and each cache that failed. */
export class CacheError extends Error {
  override readonly name = "CacheError";
  /** The address of the first cache that failed, without password. */
  readonly cache: string;
  /** Whether another attempt may succeed. */
  readonly isTransient: boolean;

  /** `what` is the name of the path. */
  constructor(what: string, failures: readonly [CacheFailure, ...CacheFailure[]]) {
    const [first] = failures;
    super(`${what}: ${failures.map(({ message }) => message).join("; ")}`, { cause: first.cause ?? first });
    this.cache = first.fault.cache;
    this.isTransient = failures.some(({ isTransient }) => isTransient);
  }
}
