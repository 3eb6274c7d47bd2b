import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { type Disk, readDiskSpace } from "../disks/disk-space.ts";
import { createDiskWatch, type DiskWatch } from "../disks/disk-watch.ts";
import type { StoreListener } from "../disks/store-collector.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Log } from "../system/log.ts";
import type { Config } from "./config.ts";

interface DiskReports {
  readonly metrics: Metrics;
  readonly log: Log;
}

type DiskConfig = Pick<Config, "spoolDirectory" | "sourceAccess" | "maxKeptBytes" | "minFreeBytes">;

/** Nobody may ask for readiness. The log and the metrics must tell of a full disk all the same. */
const CHECK_MS = 60_000;

/** Watches the disks that builds write to, as long as the process runs. */
export function watchDisks(config: DiskConfig, isWithoutNix: boolean, { metrics, log }: DiskReports): DiskWatch {
  const watch = createDiskWatch({
    disks: disksOf(config, isWithoutNix),
    read: readDiskSpace,
    minFreeBytes: config.minFreeBytes,
    onSpace: (space) => metrics.disk(space),
    onLine: (line) => log.line(line),
  });
  // Readiness reports what is wrong. This check is for the metrics and the log.
  setInterval(() => void watch.check().catch(() => {}), CHECK_MS).unref();
  return watch;
}

function disksOf({ spoolDirectory, sourceAccess, maxKeptBytes }: DiskConfig, isWithoutNix: boolean): Disk[] {
  return [
    ...(isWithoutNix ? [] : [{ name: "nix", folder: STORE_DIRECTORY } as const]),
    { name: "spool", folder: spoolDirectory },
    ...(maxKeptBytes === 0 ? [] : [{ name: "kept", folder: `${spoolDirectory}-kept` } as const]),
    { name: "sources", folder: sourceAccess.directory },
  ];
}

/** Tells of the collector of the Nix store. */
export function storeReports({ metrics, log }: DiskReports): StoreListener {
  return {
    onCollected: (collection) => metrics.storeCollected(collection),
    onLine: (line) => log.line(line),
    onFailure: (error) => log.failure("the Nix store is not kept below its limit", error),
  };
}
