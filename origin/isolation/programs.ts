import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { ConfigError, type Settings } from "../system/settings.ts";

/** Finds the file of a program in the folders of a PATH. Undefined if no folder has it. */
export async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    if (folder !== "" && (await isProgram(file))) return file;
  }
  return undefined;
}

function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The setting that names another Nix than the first one on PATH. */
const NIX_BIN = "CORNICE_NIX_BIN";
/** All of Nix's programs that the origin runs. */
const NIX_PROGRAMS = ["nix", "nix-daemon", "nix-instantiate", "nix-store"] as const;

/** The setting's path: a folder with Nix's programs, or one of the programs. Undefined means the first Nix on PATH. */
export function parseNixBin(settings: Settings): string | undefined {
  const path = settings.optional(NIX_BIN);
  if (path === undefined || isAbsolute(path)) return path;
  settings.problems.push(`${NIX_BIN} is ${JSON.stringify(path)}; it must be an absolute path`);
  return undefined;
}

/**
 * The folder of Nix's programs, after all links. All of Nix's programs are in this folder. Undefined if PATH has no Nix.
 * Throws `ConfigError` if `nixBin` is set, and Nix is not there.
 */
export async function findNixFolder(path: string, nixBin?: string): Promise<string | undefined> {
  if (nixBin !== undefined) return namedFolder(nixBin);
  const program = await findProgram("nix-instantiate", path);
  return program && dirname(await realpath(program));
}

async function namedFolder(nixBin: string): Promise<string> {
  const named = await stat(nixBin).catch(() => undefined);
  if (!named) throw new ConfigError([`${NIX_BIN}: there is no ${nixBin}, or this user may not reach it`]);
  const folder = named.isDirectory() ? nixBin : dirname(await realpath(nixBin));
  for (const name of NIX_PROGRAMS) {
    if (!(await isProgram(join(folder, name))))
      throw new ConfigError([
        `${NIX_BIN} is ${nixBin}; it must be a folder with Nix's programs, and ${name} is not there`,
      ]);
  }
  return dirname(await realpath(join(folder, "nix-instantiate")));
}
