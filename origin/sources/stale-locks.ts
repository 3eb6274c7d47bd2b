import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** git holds a lock for seconds at most. So an older lock belongs to a git that was killed, and would stay for ever. */
const STALE_AFTER_MS = 60_000;
const LOCK = ".lock";

/** Removes the locks of killed processes from a clone. Another origin may use the clone at this moment. */
export async function removeStaleLocks(clone: string, nowMs: number): Promise<void> {
  const top = await readdir(clone);
  const refs = await readdir(join(clone, "refs"), { recursive: true });
  const names = [...top, ...refs.map((name) => join("refs", name))].filter((name) => name.endsWith(LOCK));
  for (const path of names.map((name) => join(clone, name))) {
    const status = await stat(path).catch(() => undefined);
    if (status?.isFile() && nowMs - status.mtimeMs > STALE_AFTER_MS) await rm(path, { force: true });
  }
}
