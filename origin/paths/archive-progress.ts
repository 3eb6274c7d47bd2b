import { storePathName } from "../../image/closure/store-path.ts";
import type { BuildListener } from "../../protocol/build-events.ts";
import type { PathArchive } from "../unpacking/path-archive.ts";

/** Tells viewers which archives arrive, and how many of their bytes. */
export interface ArchiveProgress {
  /** These archives are about to be fetched. */
  add(archives: readonly PathArchive[]): void;
  /** So many more compressed bytes have arrived. */
  fetched(count: number): void;
  /** The archive of a path was read and is right. */
  ended(path: string): void;
}

/** People see no difference between more events than these, and each one goes to all viewers. */
const INTERVAL_MS = 500;

/** `now` in milliseconds. */
export function createArchiveProgress(onEvent: BuildListener, now: () => number): ArchiveProgress {
  const underWay = new Set<string>();
  let total = 0;
  let done = 0;
  let toldAt = -Infinity;

  function tell(isLast: boolean): void {
    // An archive that is fetched again is counted twice.
    const bytes = Math.min(done, total);
    if (bytes === 0 || (!isLast && now() - toldAt < INTERVAL_MS)) return;
    toldAt = now();
    onEvent({ event: "download", done: bytes, total });
  }

  return {
    add(archives) {
      for (const { path, narSize, archive } of archives) {
        total += archive.fileSize ?? narSize;
        underWay.add(path);
        onEvent({ event: "work", work: "download", name: storePathName(path), state: "started" });
      }
    },
    fetched(count) {
      done += count;
      tell(false);
    },
    ended(path) {
      if (!underWay.delete(path)) return;
      onEvent({ event: "work", work: "download", name: storePathName(path), state: "ended" });
      tell(underWay.size === 0);
    },
  };
}
