import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { hasCode } from "../system/error-code.ts";

/** The folder of the layers that stay on this machine, beside the spool. */
export function keptFolder(spoolDirectory: string): string {
  return `${spoolDirectory}-kept`;
}

/** A file that a running origin may remove at any time. Nobody writes to it. */
export interface KeptFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Finds a kept layer of any format, for a program beside the origin. It changes nothing in the folder. Undefined if the
 * layer is not kept. The file may be damaged.
 */
export async function findKeptFile(folder: string, digest: Digest): Promise<KeptFile | undefined> {
  const formats = await readdir(folder).catch(ifMissing([]));
  for (const format of formats) {
    const path = join(folder, format, digestHex(digest));
    const status = await stat(path).catch(ifMissing(undefined));
    if (status?.isFile()) return { path, size: status.size };
  }
  return undefined;
}

function ifMissing<T>(value: T) {
  return (error: unknown): T => {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return value;
    throw error;
  };
}
