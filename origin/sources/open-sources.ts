import { removeOrphans } from "../system/owned-folder.ts";
import { CLONE_FOLDER } from "./git-clone.ts";
import { CHECKOUT_FOLDER } from "./git-source.ts";
import { ROOT_FOLDER } from "./stored-revisions.ts";
import { ARCHIVE_FOLDER } from "./unpacked-revisions.ts";
import { removeUnusedSources, UNUSED_FOLDER } from "./unused-sources.ts";

/** Removes downloads, checkouts and clones of processes that were killed, and what nobody has used for a long time. */
export async function openSources(directory: string, nowMs: number): Promise<void> {
  for (const prefix of [ARCHIVE_FOLDER, CHECKOUT_FOLDER, CLONE_FOLDER, ROOT_FOLDER, UNUSED_FOLDER])
    await removeOrphans(directory, prefix, nowMs);
  await removeUnusedSources(directory, nowMs);
}
