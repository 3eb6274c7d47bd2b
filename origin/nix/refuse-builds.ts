import { OciError } from "../../protocol/oci-error.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { CommandError } from "../system/command.ts";
import { derivationName } from "./build-failure.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { cacheOutage } from "./cache-outage.ts";
import { listed } from "./listed.ts";
import { runNix } from "./run-nix.ts";

interface RefusalOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  /** The faults of binary caches so far. */
  readonly faults: readonly CacheFault[];
}

/**
 * Throws if a binary cache could have the outputs of derivations that Nix is going to build: `CacheOutage` if one has
 * failed, otherwise `MANIFEST_UNKNOWN`.
 */
export async function refuseBuilds(options: RefusalOptions, derivations: readonly string[]): Promise<void> {
  const cacheable: string[] = [];
  for (const path of derivations) if (await isCacheable(options, path)) cacheable.push(path);
  if (cacheable.length === 0) return;
  const names = listed(cacheable.map(derivationName));
  if (options.faults.length > 0) throw cacheOutage(`${names} cannot be downloaded`, options.faults);
  throw new OciError(
    "MANIFEST_UNKNOWN",
    `no binary cache has ${names}, and this registry does not build packages itself`,
  );
}

/** Nix builds a derivation with `allowSubstitutes = false` itself, whatever caches have. */
async function isCacheable({ isolation, signal }: RefusalOptions, derivation: string): Promise<boolean> {
  const query = await isolation.own("nix-store", ["--query", "--binding", "allowSubstitutes", derivation]);
  const value = await runNix(query, signal).catch((error: unknown) => {
    if (error instanceof CommandError) return ["1"];
    throw error;
  });
  return value.join("") !== "";
}
