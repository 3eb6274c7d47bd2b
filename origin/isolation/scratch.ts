import { chown, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { makeOwnedFolder, removeOrphans } from "../system/owned-folder.ts";
import type { SystemUser } from "./system-user.ts";

const SCRATCH = "cornice-scratch-";

/** Makes a temporary folder that belongs to `user`. If `user` is undefined, it belongs to this process's user. */
export async function makeScratch(user: SystemUser | undefined): Promise<string> {
  const folder = await makeOwnedFolder(tmpdir(), SCRATCH);
  if (user) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Removes the folders of processes that were killed. */
export function removeOldScratch(): Promise<void> {
  return removeOrphans(tmpdir(), SCRATCH, Date.now());
}

/** Runs `work` with a temporary folder, and removes the folder afterwards. */
export async function withScratch<T>(user: SystemUser | undefined, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeScratch(user);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
