import { mkdir, readdir, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { unpackDebian13 } from "./debian-13.ts";
import { output } from "./program.ts";

/** Returns the folder of the programs of Debian 13's Nix, 2.26. The machine's Nix stays as it is. Needs patchelf. */
export async function newerNix(): Promise<string> {
  const root = await unpackDebian13(["nix-bin"], async (partial, final) => {
    await useOwnLibraries(partial, final);
    await linkPrograms(partial);
  });
  return join(root, "programs");
}

/** `final`: where the folder will be. */
async function useOwnLibraries(partial: string, final: string): Promise<void> {
  const files = await readdir(join(partial, "usr"), { recursive: true, withFileTypes: true });
  const loader = files.find(({ name }) => /^ld-linux-.*\.so\.\d$/.test(name));
  const triplet = (await readdir(join(partial, "usr/lib"))).find((name) => name.endsWith("-linux-gnu")) ?? "";
  const interpreter = join(final, relative(partial, loader?.parentPath ?? ""), loader?.name ?? "");
  const change = ["--set-interpreter", interpreter, "--force-rpath", "--set-rpath", join(final, "usr/lib", triplet)];
  await output("patchelf", [...change, join(partial, "usr/bin/nix")]);
}

async function linkPrograms(partial: string): Promise<void> {
  await mkdir(join(partial, "programs"));
  for (const name of await readdir(join(partial, "usr/bin")))
    if (name.startsWith("nix")) await symlink(join("../usr/bin", name), join(partial, "programs", name));
}
