import { constants } from "node:fs";
import { access, chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./error-code.ts";
import { StartError } from "./start-error.ts";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const PERMISSIONS = 0o777;
/** Every state folder has this file from its first start on. */
const MARK = "secrets.json";

const REASONS = new Map([
  ["EACCES", "this user may not write there"],
  ["EEXIST", "it is no folder"],
  ["ELOOP", "it is a link that leads to itself"],
  ["ENOENT", "no folder can be made there"],
  ["ENOSPC", "the disk is full"],
  ["ENOTDIR", "a part of its path is no folder"],
  ["EPERM", "this user may not change it"],
  ["EROFS", "the file system is read-only"],
]);

/**
 * Makes a folder that only its owner may enter. Closes a state folder that others may enter. Throws `StartError` if
 * nothing can be written there, or if an open folder holds other things: closing `/tmp` or a home folder would break the
 * machine.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await closeFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = REASONS.get(codeOf(cause) ?? "");
    if (reason === undefined) throw cause;
    throw new StartError(`${folder} cannot keep the state: ${reason}; name another folder with CORNICE_STATE_DIR`, {
      cause,
    });
  }
}

/** Node's own way to make all parents does not end below `/proc`, and names no read-only file system. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder);
  } catch (error) {
    const parent = dirname(folder);
    if (codeOf(error) !== "ENOENT" || parent === folder) throw error;
    await makeFolder(parent);
    await makeOne(folder);
  }
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: OWNER_ONLY_FOLDER });
  } catch (error) {
    const status = await stat(folder).catch(() => undefined);
    if (!status?.isDirectory()) throw error;
  }
}

async function closeFolder(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & PERMISSIONS) === OWNER_ONLY_FOLDER) return;
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(MARK)) {
    throw new StartError(
      `${folder} has files that are not Cornice's, and others may enter it; ` +
        "name a folder for Cornice alone with CORNICE_STATE_DIR",
    );
  }
  await chmod(folder, OWNER_ONLY_FOLDER);
}

/**
 * Replaces the file in one step, even if the power fails meanwhile. Only its owner may read the new one, whatever the mode of
 * the old one was.
 */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  // An interrupted start may have left this file behind, and it would keep its mode.
  await rm(partial, { force: true });
  await using handle = await open(partial, "wx", OWNER_ONLY_FILE);
  await handle.writeFile(text);
  await handle.sync();
  await rename(partial, file);
}
