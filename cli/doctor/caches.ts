import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isStorePath, STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { openCaches } from "../../origin/caches/binary-caches.ts";
import { CacheError } from "../../origin/caches/cache-error.ts";
import type { CacheFault } from "../../origin/caches/cache-fault.ts";
import type { BinaryCacheSettings } from "../../origin/caches/settings.ts";
import { readCaches } from "../../origin/service/open-cached-context.ts";
import type { BuilderConfig } from "../../origin/service/config.ts";
import { isSystemError } from "../../origin/system/error-code.ts";
import { ConfigError } from "../../origin/system/settings.ts";
import { errorText, type Finding, ok, problem, warning } from "./finding.ts";

const CHECK = "caches";
const TIMEOUT_MS = 30_000;
/** A cache has some of the paths that this machine has, if it has any of them. */
const MAX_PATHS = 30;
const REACH = "check the address and the network; remove a cache that is gone from CORNICE_NIX_SUBSTITUTERS";
const TRUST = "add the cache's public key to CORNICE_NIX_TRUSTED_KEYS";

/** Asks each binary cache for store paths of this machine, and checks the signatures with the trusted keys. */
export async function checkCaches(config: BuilderConfig): Promise<readonly Finding[]> {
  try {
    const settings = await readCaches(config);
    if (!settings) return [ok(CHECK, "there are no binary caches")];
    return await cacheFindings(settings, await somePaths());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((text) => problem(CHECK, text, TRUST));
  }
}

/** Asks each cache for these store paths, until it has one. */
export function cacheFindings(settings: BinaryCacheSettings, paths: readonly string[]): Promise<readonly Finding[]> {
  return Promise.all(settings.caches.map((cache) => checkCache({ ...settings, caches: [cache] }, paths)));
}

async function somePaths(): Promise<readonly string[]> {
  try {
    const names = await readdir(STORE_DIRECTORY);
    return names
      .map((name) => join(STORE_DIRECTORY, name))
      .filter(isStorePath)
      .slice(0, MAX_PATHS);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return [];
  }
}

/** `settings` have one cache. Asks it for the paths until it has one. */
async function checkCache(settings: BinaryCacheSettings, paths: readonly string[]): Promise<Finding> {
  const faults: CacheFault[] = [];
  const caches = openCaches(settings, { now: Date.now, onFault: (fault) => faults.push(fault), pausesMs: [] });
  const name = settings.caches.map(({ shown }) => shown).join();
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  for (const path of paths) {
    try {
      if (await caches.find(path, { signal })) return ok(CHECK, `${name} answers, and its signatures are trusted`);
    } catch (error) {
      if (!(error instanceof CacheError) && !signal.aborted) throw error;
      return faultFinding(name, faults[0], error);
    }
  }
  return warning(CHECK, `${name} has none of ${paths.length} paths of this machine`, "build an image, and look again");
}

function faultFinding(name: string, fault: CacheFault | undefined, error: unknown): Finding {
  const text = fault ? `${fault.cache} ${fault.words}` : `${name}: ${errorText(error)}`;
  return problem(CHECK, text, fault?.kind === "signature" ? TRUST : REACH);
}
