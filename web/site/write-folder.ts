import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Files } from "./bundle.ts";

/**
 * Makes a folder hold these files and no others. Files that are the same stay untouched. Other files appear as a whole,
 * because a server may read them, and another build may write the same files.
 */
export async function writeFolder(folder: string, files: Files): Promise<void> {
  const partial = `${folder}.${process.pid}`;
  await mkdir(folder, { recursive: true });
  await mkdir(partial, { recursive: true });
  let number = 0;
  for (const [path, content] of files) {
    const target = join(folder, path);
    const bytes = Buffer.from(content);
    const known = await readFile(target).catch(() => undefined);
    if (known?.equals(bytes) === true) continue;
    const part = join(partial, String(number++));
    await writeFile(part, bytes);
    await mkdir(dirname(target), { recursive: true });
    await rename(part, target);
  }
  await rm(partial, { recursive: true });
  for (const path of await listFiles(folder)) {
    if (!files.has(path)) await rm(join(folder, path), { force: true });
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}
