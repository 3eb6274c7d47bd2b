import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** The mode bit that lets other users enter a folder. */
const ENTER = 0o001;

/** Whether other users may enter all folders above a path. */
export async function isReachable(path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const status = await stat(folder).catch(() => undefined);
    if (status === undefined || (status.mode & ENTER) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
