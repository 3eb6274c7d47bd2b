import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ownedName, removeOrphans } from "./owned-folder.ts";
import type { Settings } from "./settings.ts";

/** What this room makes in the spool begins with this word. */
const WORK = "work-";
/** Longer than the longest build. So an older file belongs to a process that was killed, whoever it was. */
const STALE_AFTER_MS = 172_800_000;

/** The spool's folder. Layers wait in it for their upload. */
export function parseSpoolDirectory(settings: Settings): string {
  return settings.optional("CORNICE_SPOOL_DIR") ?? "/var/tmp/cornice";
}

/** Makes the spool's folder, and removes the files of killed processes. Those of another container go after two days. */
export async function openSpool(directory: string, nowMs: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  await removeOrphans(directory, WORK, nowMs);
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    // Another origin may share the folder. It can remove its files at any time.
    const status = await stat(path).catch(() => undefined);
    if (status && nowMs - status.mtimeMs > STALE_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Runs `work` with the path of a new file in the spool. `work` may make the file. It is removed afterwards. */
export async function withSpoolFile<T>(directory: string, work: (file: string) => Promise<T>): Promise<T> {
  const file = await newFile(directory);
  try {
    return await work(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** Keeps a folder until the returned function is called. It must be called once. */
export type HoldFolder = () => () => Promise<void>;

/**
 * Runs `work` with a new folder in the spool. The folder is removed when `work` has ended, and all that hold the folder
 * have let go. The process may be killed before: then the next `openSpool` removes the folder.
 */
export async function withSpoolFolder<T>(
  directory: string,
  work: (folder: string, hold: HoldFolder) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(directory, await ownedName(WORK)));
  let holds = 0;
  const hold: HoldFolder = () => {
    holds += 1;
    return async () => {
      holds -= 1;
      if (holds === 0) await rm(folder, { recursive: true, force: true });
    };
  };
  const letGo = hold();
  try {
    return await work(folder, hold);
  } finally {
    await letGo();
  }
}

/** Opens a new file in the spool that has no name any more. It is gone when it is closed, or when the process ends. */
export async function openNamelessSpoolFile(directory: string): Promise<FileHandle> {
  const file = await newFile(directory);
  const handle = await open(file, "wx+");
  await rm(file);
  return handle;
}

async function newFile(directory: string): Promise<string> {
  return join(directory, `${await ownedName(WORK)}${randomUUID().replaceAll("-", "")}`);
}
