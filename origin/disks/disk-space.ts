import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../system/error-code.ts";

/** The folders whose disks can become full, by the words that stand for them in messages. */
export const DISKS = {
  nix: "the Nix store",
  spool: "the spool",
  kept: "the kept layers",
  sources: "the package sources",
} as const;

export type DiskName = keyof typeof DISKS;

/** A folder on one of the machine's disks. */
export interface Disk {
  readonly name: DiskName;
  readonly folder: string;
}

export interface DiskSpace {
  readonly name: DiskName;
  /** Bytes that a user without privileges can still write. */
  readonly free: number;
  /** Bytes of the whole file system. */
  readonly size: number;
}

/** Asks the system about the file system of a folder, or of the folder that it will be made in. */
export async function readDiskSpace({ name, folder }: Disk): Promise<DiskSpace> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { name, free: bavail * bsize, size: blocks * bsize };
  } catch (error) {
    if (!hasCode(error, "ENOENT") || folder === dirname(folder)) throw error;
    return readDiskSpace({ name, folder: dirname(folder) });
  }
}
