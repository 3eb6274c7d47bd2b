import pLimit from "p-limit";
import { isStorePath, storePathName } from "../../image/closure/store-path.ts";
import { Recent } from "../../protocol/recent.ts";
import { untilAborted } from "../system/until-aborted.ts";
import { type BinaryCache, createBinaryCache } from "./binary-cache.ts";
import { CacheError } from "./cache-error.ts";
import { CacheFailure } from "./cache-failure.ts";
import { CACHE_FAULTS, type CacheFault } from "./cache-fault.ts";
import type { CachedPath } from "./cached-path.ts";
import type { BinaryCacheSettings } from "./settings.ts";

/** The binary caches that the operator has chosen. */
export interface BinaryCaches {
  /**
   * Asks the caches in their order of priority. The first answer wins. Undefined if each cache says that it lacks the path.
   * Throws `CacheError` if a cache is down or lies, and no other one has the path. Caches with an address in `except`, as
   * messages show it, are not asked.
   */
  find(path: string, options: FindOptions): Promise<CachedPath | undefined>;
}

export interface FindOptions {
  readonly signal: AbortSignal;
  readonly except?: ReadonlySet<string>;
}

export interface CachesOptions {
  /** Milliseconds. */
  readonly now: () => number;
  /** Gets each kind of fault of a cache once a minute. */
  readonly onFault?: (fault: CacheFault) => void;
  /** The pauses before further attempts, milliseconds. */
  readonly pausesMs?: readonly number[];
}

/** One closure's look-ups must keep the connections busy, and no server should see them as an attack. */
const REQUESTS_AT_ONCE = 32;
const PAUSES_MS = [500, 2000];
const TOLD_MS = 60_000;

/** Opens no connection yet. */
export function openCaches(settings: BinaryCacheSettings, options: CachesOptions): BinaryCaches {
  const { now, pausesMs = PAUSES_MS } = options;
  const { keys, silenceMs } = settings;
  const onFault = onceAMinute(settings.caches.length, options);
  const slot = pLimit(REQUESTS_AT_ONCE);
  const caches = settings.caches.map((address) =>
    createBinaryCache(address, { keys, silenceMs, pausesMs, now, onFault, slot }),
  );

  return {
    async find(path, { signal, except }) {
      if (!isStorePath(path)) throw new TypeError(`${JSON.stringify(path)} is no store path`);
      const asked = caches.filter(({ shown }) => !except?.has(shown));
      const { ordered, failures } = await untilAborted(byPriority(asked), signal);
      for (const cache of ordered) {
        try {
          const found = await cache.find(path, signal);
          if (found) return found;
        } catch (error) {
          if (!(error instanceof CacheFailure)) throw error;
          failures.push(error);
        }
      }
      const [first, ...others] = failures;
      if (first) throw new CacheError(storePathName(path), [first, ...others]);
      return undefined;
    },
  };
}

/** The caches that answer, in order, and the failures of others. Equal priorities keep the order of the settings. */
async function byPriority(
  caches: readonly BinaryCache[],
): Promise<{ readonly ordered: readonly BinaryCache[]; readonly failures: CacheFailure[] }> {
  const failures: CacheFailure[] = [];
  const known = await Promise.all(
    caches.map(async (cache) => {
      try {
        return { cache, priority: await cache.priority() };
      } catch (error) {
        if (!(error instanceof CacheFailure)) throw error;
        failures.push(error);
        return { cache, priority: undefined };
      }
    }),
  );
  const open = known.flatMap(({ cache, priority }) => (priority === undefined ? [] : [{ cache, priority }]));
  const ordered = open.toSorted((a, b) => a.priority - b.priority).map(({ cache }) => cache);
  return { ordered, failures };
}

/** A cache that fails does so for hundreds of paths at once. */
function onceAMinute(
  caches: number,
  { now, onFault }: Pick<CachesOptions, "now" | "onFault">,
): (fault: CacheFault) => void {
  const told = new Recent<true>(caches * CACHE_FAULTS.length, TOLD_MS, now);
  return (fault) => {
    const key = `${fault.kind} ${fault.cache}`;
    if (told.get(key)) return;
    told.set(key, true);
    onFault?.(fault);
  };
}
