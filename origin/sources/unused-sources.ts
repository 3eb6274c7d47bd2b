import { lstat, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { withOwnedFolder } from "../system/owned-folder.ts";

/** The clone or the revisions of a repository. Nothing else in the folder has such a name. */
const OF_REPOSITORY = /^[0-9a-f]{16}\.(?:git|revisions|unpacked)$/;
/** The temporary folders of this file begin with this word. */
export const UNUSED_FOLDER = "unused-";
/** Thirty days. What is needed again is fetched again. */
const UNUSED_AFTER_MS = 2_592_000_000;

/**
 * Removes clones and revisions of repositories that no origin has used for thirty days. The operator may have named another
 * package source since.
 */
export async function removeUnusedSources(directory: string, nowMs: number): Promise<void> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => OF_REPOSITORY.test(name));
  for (const name of names) {
    const folder = join(directory, name);
    if (nowMs - (await lastUse(folder)) < UNUSED_AFTER_MS) continue;
    // First takes the whole folder away, so that nobody finds a half clone.
    await withOwnedFolder(directory, UNUSED_FOLDER, async (temporary) => {
      // Another origin may have removed it just now.
      await rename(folder, join(temporary, name)).catch(() => {});
    });
  }
}

/** A use changes the time of a clone's folder, or of a revision in the folder. */
async function lastUse(folder: string): Promise<number> {
  const entries = await readdir(folder).catch(() => []);
  const paths = [folder, ...entries.map((name) => join(folder, name))];
  const times = paths.map(async (path) => (await lstat(path).catch(() => undefined))?.mtimeMs ?? 0);
  return Math.max(...(await Promise.all(times)));
}
