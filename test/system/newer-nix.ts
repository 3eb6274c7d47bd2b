import { mkdir, readdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { pathExists } from "../../origin/system/path-exists.ts";
import { unpackDebian13 } from "./debian-13.ts";
import { output } from "./program.ts";

/** Returns the folder of the programs of Debian 13's Nix, 2.26. The machine's Nix stays as it is. Needs patchelf. */
export async function newerNix(): Promise<string> {
  const root = await unpackDebian13("nix-bin");
  const programs = join(root, "programs");
  if (await pathExists(programs)) return programs;
  await useOwnLibraries(root);
  await linkPrograms(root, programs);
  return programs;
}

async function useOwnLibraries(root: string): Promise<void> {
  const files = await readdir(join(root, "usr"), { recursive: true, withFileTypes: true });
  const loader = files.find(({ name }) => /^ld-linux-.*\.so\.\d$/.test(name));
  const triplet = (await readdir(join(root, "usr/lib"))).find((name) => name.endsWith("-linux-gnu")) ?? "";
  const interpreter = join(loader?.parentPath ?? "", loader?.name ?? "");
  const change = ["--set-interpreter", interpreter, "--force-rpath", "--set-rpath", join(root, "usr/lib", triplet)];
  await output("patchelf", [...change, join(root, "usr/bin/nix")]);
}

/** The last step. If the folder exists, everything is complete. */
async function linkPrograms(root: string, programs: string): Promise<void> {
  const partial = `${programs}.partial`;
  await mkdir(partial, { recursive: true });
  for (const name of await readdir(join(root, "usr/bin")))
    if (name.startsWith("nix")) await symlink(join(root, "usr/bin", name), join(partial, name));
  await rename(partial, programs);
}
