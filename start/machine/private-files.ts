import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { StartError } from "./start-error.ts";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const PERMISSIONS = 0o777;
/** Every state folder has this file from its first start on. */
const MARK = "secrets.json";

/**
 * Makes a folder that only its owner may enter. Closes a state folder that others may enter. Throws `StartError` if an
 * open folder holds other things, because closing `/tmp` or a home folder would break the machine.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
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

/** Replaces the file in one step. Only its owner may read the new one, whatever the mode of the old one was. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  // An interrupted start may have left this file behind, and it would keep its mode.
  await rm(partial, { force: true });
  await writeFile(partial, text, { mode: OWNER_ONLY_FILE, flag: "wx" });
  await rename(partial, file);
}
