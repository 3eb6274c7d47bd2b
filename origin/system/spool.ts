import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "./settings.ts";

/** Longer than any build may take: older leftovers belong to a process that was killed. */
const STALE_AFTER_MS = 172_800_000;

/** The spool's folder: layers wait there until they are uploaded. */
export function parseSpoolDirectory(settings: Settings): string {
  return settings.optional("CORNICE_SPOOL_DIR") ?? "/var/tmp/cornice";
}

/** Makes the folder for what lasts no longer than a build, and clears what a killed process left there. */
export async function openSpool(directory: string, nowMs: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    // Another origin may share the folder, and remove its own at any time.
    const status = await stat(path).catch(() => undefined);
    if (status && nowMs - status.mtimeMs > STALE_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Runs `work` with the name of a file that it may make in the spool, and that is gone when it ends. */
export async function withSpoolFile<T>(directory: string, work: (file: string) => Promise<T>): Promise<T> {
  const file = join(directory, `work-${randomUUID()}`);
  try {
    return await work(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** Runs `work` with a new folder in the spool that is gone when it ends. */
export async function withSpoolFolder<T>(directory: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(directory, "work-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
