import { formatBytes } from "../../protocol/format-bytes.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { type Disk, type DiskName, DISKS, type DiskSpace } from "./disk-space.ts";

interface DiskWatchOptions {
  readonly disks: readonly Disk[];
  readonly read: (disk: Disk) => Promise<DiskSpace>;
  /**
   * With fewer free bytes, a disk is too full. On a small disk, a tenth of its size is enough. With less than twice as many,
   * the log has a warning.
   */
  readonly minFreeBytes: number;
  /** Gets the space of each disk at each check. */
  readonly onSpace: (space: DiskSpace) => void;
  /** Gets a warning when a disk begins to run full, and a line when it has space again. */
  readonly onLine: (line: string) => void;
}

/** Tells that a disk runs full before it is full. */
export interface DiskWatch {
  /** Throws an `OciError` that names each disk with too little free space. */
  check(): Promise<void>;
  /** Whether a disk had little space at the last check. */
  isLow(): boolean;
  /** One line for each disk that had little space at the last check. Everybody who waits for a build may read them. */
  notices(): readonly string[];
}

/** From this multiple of the least free space on, the log is silent. */
const WARNING_FACTOR = 2;
const PART_OF_SMALL_DISK = 0.1;

export function createDiskWatch({ disks, read, minFreeBytes, onSpace, onLine }: DiskWatchOptions): DiskWatch {
  const low = new Map<DiskName, DiskSpace>();
  const limitOf = ({ size }: DiskSpace) => Math.min(minFreeBytes, Math.floor(PART_OF_SMALL_DISK * size));

  function note(space: DiskSpace): void {
    const { name, free } = space;
    onSpace(space);
    const isLow = free < WARNING_FACTOR * limitOf(space);
    const wasLow = low.has(name);
    if (isLow) low.set(name, space);
    else low.delete(name);
    if (isLow === wasLow) return;
    if (isLow) {
      onLine(
        `warning: ${freeOn(space)}; with less than ${formatBytes(limitOf(space))} (CORNICE_MIN_FREE_MIB), this origin is not ready`,
      );
    } else onLine(freeOn(space));
  }

  return {
    isLow: () => low.size > 0,
    notices: () => [...low.values()].map((space) => `the build service runs out of space: ${freeOn(space)}`),
    async check() {
      const spaces = await Promise.all(disks.map(read));
      for (const space of spaces) note(space);
      const full = spaces.filter((space) => space.free < limitOf(space));
      if (full.length > 0)
        throw new OciError(
          "UNAVAILABLE",
          `${full.map((space) => `${freeOn(space)}, and needs ${formatBytes(limitOf(space))}`).join("; ")} (CORNICE_MIN_FREE_MIB)`,
        );
    },
  };
}

function freeOn({ name, free }: DiskSpace): string {
  return `the disk of ${DISKS[name]} has ${formatBytes(free)} free`;
}
