import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CliError, whileDoing } from "./cli-error.ts";

/** Refuses a path whose folder cannot be written to. */
export async function checkFolder(path: string): Promise<void> {
  const folder = dirname(await targetOf(path));
  await access(folder, constants.W_OK | constants.X_OK).catch(whileDoing(`cannot write ${path}`));
}

/** Refuses what a file cannot replace; `advice` is for whoever named a folder. */
export async function checkFile(path: string, advice = ""): Promise<void> {
  await checkFolder(path);
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) throw cannotWrite(path, `it is a folder${advice}`);
  // A device would be replaced by a file of its name.
  if (status && !status.isFile()) throw cannotWrite(path, "it is no file; -o - writes to standard output");
}

export function cannotWrite(path: string, why: string): CliError {
  return new CliError(`cannot write ${path}: ${why}`);
}

/** Writes beside the path first, and removes that when anything fails: whoever looks sees what was there, or all. */
export async function writeReplacing(
  path: string,
  write: (partial: string) => Promise<void>,
  replace: (partial: string, target: string) => Promise<void> = rename,
): Promise<void> {
  const target = await targetOf(path);
  const partial = join(dirname(target), `.cornice-${randomUUID()}.partial`);
  try {
    await write(partial);
    await replace(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    whileDoing(`cannot write ${path}`)(error);
  }
}

/** Through symbolic links: the file that they lead to is replaced, and they stay. */
function targetOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
