import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";

/** Finds the file of a program in the folders of a PATH. Undefined if no folder has it. */
export async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => folder !== "",
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** The folder of Nix's programs, after all links. All of Nix's programs are in this folder. */
export async function findNixFolder(path: string): Promise<string | undefined> {
  const program = await findProgram("nix-instantiate", path);
  return program && dirname(await realpath(program));
}
