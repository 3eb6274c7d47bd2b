import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { findProgramFiles } from "./program-files.ts";

/** Nix reads these, beside this file. */
const EXPRESSIONS = [
  "default.nix",
  "fill-store.sh",
  "node.sh",
  "packages.sh",
  "program.sh",
  "store.sh",
  "with-store.sh",
] as const;
/** What the programs read beside their sources. */
const DATA = ["nix", "package.json", "LICENSE"] as const;
const NODE = "node_modules/node/bin/node";
/** Node.js loads none of these: types, modules for bundlers, native code that we do not use, and tests. */
const UNUSED = /\.d\.[cm]?ts$|\.map$|\/(?:dist-es|prebuilds|test)\//;

/** Whether a file of a package stays out of the images. The path is relative to the repository. */
export function isUnused(path: string): boolean {
  return UNUSED.test(path);
}

/** Makes the package set of the images in a folder, in the place of what is there. It has nothing that no image needs. */
export async function gatherSet(repository: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const program = join(folder, "program");
  await mkdir(program, { recursive: true });
  for (const name of EXPRESSIONS) await cp(join(import.meta.dirname, name), join(folder, name));
  await cp(join(repository, NODE), join(folder, "node"));
  const { sources, packages } = await findProgramFiles(repository);
  const copy = async (path: string, filter: (file: string) => boolean) => {
    await mkdir(dirname(join(program, path)), { recursive: true });
    await cp(join(repository, path), join(program, path), { recursive: true, filter });
  };
  for (const path of [...DATA, ...sources]) await copy(path, () => true);
  for (const path of packages) await copy(path, (file) => !isUnused(relative(repository, file)));
}
