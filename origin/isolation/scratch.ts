import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SystemUser } from "./system-user.ts";

const SCRATCH = "cornice-scratch-";

/** Makes a temporary folder that belongs to `user`. If `user` is undefined, it belongs to this process's user. */
export async function makeScratch(user: SystemUser | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), SCRATCH));
  if (user) await chown(folder, user.uid, user.gid);
  return folder;
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
