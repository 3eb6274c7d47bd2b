import { randomUUID } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { SHELL_PACKAGES } from "../../protocol/image-name.ts";
import { writeTree } from "../origin/write-tree.ts";
import { REPOSITORY } from "./registry.ts";

/** A test pulls each of them alone, so that the origin describes it. */
export const PULLED_ALONE = [...SHELL_PACKAGES, "hello", "large", "tools", "world"];
/** Each image gets it, too. */
export const ALWAYS = ["cacert"];
export const REVISION = "r1";

/** A set with a shell, a package of two outputs, and packages that need each other. All are new. Returns its settings. */
export async function severalPackages(directory: string): Promise<Readonly<Record<string, string>>> {
  const salt = randomUUID();
  const path = await writeTree(join(directory, "set"), {
    "default.nix": `{ config ? { } }:
      let
        programs = import ./packages.nix { salt = "${salt}"; inherit config; };
        several = import ./outputs.nix { salt = "${salt}"; };
      in
      {
        inherit (programs) hello World large _7zz;
        inherit (several) tools cacert;
        bashInteractive = several.single;
        coreutils = several.plain;
        moreutils = several.bin-first;
        nano = several.without-meta;
      }`,
  });
  for (const file of ["packages.nix", "outputs.nix"])
    await copyFile(join(REPOSITORY, "test/system", file), join(path, file));
  return {
    CORNICE_PKGS_PATH: path,
    CORNICE_SOURCE_NAME: "test",
    CORNICE_SOURCE_REVISION: REVISION,
    // The set's builders use this machine's shell.
    CORNICE_NIX_SANDBOX: "false",
    CORNICE_NIX_SUBSTITUTERS: "",
  };
}

/** All names of two or more of the packages. */
export function combinations(names: readonly string[]): string[] {
  const subsets: string[][] = [[]];
  for (const name of names) subsets.push(...subsets.map((some) => [...some, name]));
  return subsets.filter(({ length }) => length > 1).map((some) => some.join("/"));
}
