import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

export interface FileBelow {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly changedAtMs: number;
}

/** All files below a folder. Files may come and go meanwhile. None if there is no such folder. */
export async function filesBelow(folder: string): Promise<FileBelow[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files: FileBelow[] = [];
  // One file after the other: this runs beside pulls.
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const status = await lstat(path).catch(() => undefined);
    if (status) files.push({ path, size: status.size, changedAtMs: status.mtimeMs });
  }
  return files;
}

export function sizeOf(files: readonly FileBelow[]): number {
  return files.reduce((bytes, { size }) => bytes + size, 0);
}
