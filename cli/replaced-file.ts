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

/** Refuses a path that a file cannot replace. The error adds `advice` if the path is a folder. */
export async function checkFile(path: string, advice = ""): Promise<void> {
  await checkFolder(path);
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) throw cannotWrite(path, `it is a folder${advice}`);
  // Otherwise a file would replace a device such as /dev/null.
  if (status && !status.isFile()) throw cannotWrite(path, "it is not a regular file; use -o - for standard output");
}

export function cannotWrite(path: string, why: string): CliError {
  return new CliError(`cannot write ${path}: ${why}`);
}

/** Writes a partial file beside the path, then replaces the path. Removes the partial file if anything fails. */
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

/** Follows symbolic links. The links stay, and their target is replaced. */
function targetOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
