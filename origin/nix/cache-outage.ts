import { OciError } from "../../protocol/oci-error.ts";
import type { CacheFault } from "../caches/cache-fault.ts";

/** A binary cache fails, so Nix cannot have a store path. No client and no package is to blame. */
export class CacheOutage extends OciError {
  constructor(message: string, cause?: unknown) {
    super("UNAVAILABLE", message, { cause });
  }
}

/** Names each failing cache with its reason. */
export function cacheOutage(what: string, faults: readonly CacheFault[], cause?: unknown): CacheOutage {
  const reasons = faults.map(({ cache, words }) => `the binary cache ${cache} ${words}`);
  return new CacheOutage(`${what}: ${[...new Set(reasons)].join("; ")}`, cause);
}
