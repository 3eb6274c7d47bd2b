import { type CacheWatch, createCacheWatch } from "../health/cache-watch.ts";
import type { Isolation } from "../isolation/isolation.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { CacheListener } from "../nix/prepare-image.ts";
import type { Log } from "../system/log.ts";

/** Tells the operator about binary caches: in the log, in the metrics and in the answer of `/readyz`. */
export interface CacheReports {
  readonly watch: CacheWatch;
  /** For the builds. */
  readonly listener: CacheListener;
}

/** The isolation may come later than the reports: the builder that has it gets the listener. */
export function createCacheReports(
  isolation: () => Isolation,
  metrics: Pick<Metrics, "cacheChecked" | "cacheFault">,
  log: Pick<Log, "line">,
): CacheReports {
  const warn = (address: string, words: string) => log.line(`warning: the binary cache ${address} ${words}`);
  const watch = createCacheWatch({
    isolation,
    now: () => performance.now(),
    onCheck(address, fault) {
      metrics.cacheChecked(address, fault === undefined);
      if (fault) warn(address, fault.words);
    },
  });
  const listener: CacheListener = {
    onFault(fault) {
      warn(fault.cache, fault.words);
      metrics.cacheFault(fault);
      watch.onFault(fault);
    },
    onUse: (address) => watch.onUse(address),
  };
  return { watch, listener };
}
