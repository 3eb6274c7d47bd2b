import { rename } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { output } from "../system/program.ts";

/** Packs a folder as GitHub packs nixpkgs at a revision: all files are below `nixpkgs-<revision>`. */
export async function packArchive(folder: string, revision: string, archive: string): Promise<void> {
  const partial = `${archive}.partial`;
  const reproducible = ["--owner=0", "--group=0", "--mtime=@1700000000", "--sort=name"];
  const renamed = `s,^${basename(folder)},nixpkgs-${revision},S`;
  await output("tar", [
    ...reproducible,
    "-C",
    dirname(folder),
    "--transform",
    renamed,
    "-czf",
    partial,
    basename(folder),
  ]);
  await rename(partial, archive);
}
