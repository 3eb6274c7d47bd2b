import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Run, unpackSuite } from "./debian-archive.ts";
import { StartError } from "./start-error.ts";

/** Debian's suites that have a newer Nix than Debian 12, the most stable one first. */
export const NEWER_SUITES = ["trixie", "sid"] as const;

export type NewerSuite = (typeof NEWER_SUITES)[number];

interface DebianNixOptions {
  readonly suite: NewerSuite;
  /** The folder for the Nix of each suite. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * Nix, the shell of its sandbox, and the program that makes Nix use its own libraries. On another Debian, the libraries of
 * the machine are too old.
 */
const PACKAGES = ["nix-bin", "bash-static", "patchelf"];

/** The folder of the programs of a suite's Nix. It may not exist yet. */
export function debianNixFolder({ suite, directory }: Pick<DebianNixOptions, "suite" | "directory">): string {
  return join(directory, suite, "usr/bin");
}

/**
 * Brings the Nix of a newer Debian, unless it is there, and returns the folder of its programs. The machine's own Nix
 * stays as it is. Throws `StartError`.
 */
export async function bringDebianNix(options: DebianNixOptions): Promise<string> {
  const { suite, directory, signal } = options;
  const root = join(directory, suite);
  const prepare = (partial: string, run: Run) => useOwnLibraries(partial, root, run);
  await unpackSuite({ suite, packages: PACKAGES, root, signal, prepare });
  return debianNixFolder(options);
}

/** All of Nix's programs are links to `nix`. A wrapper would not do, because Nix starts its own file again. */
async function useOwnLibraries(partial: string, root: string, run: Run): Promise<void> {
  const triplet = (await readdir(join(partial, "usr/lib"))).find((name) => name.endsWith("-linux-gnu")) ?? "";
  const libraries = join("usr/lib", triplet);
  const loader = (await readdir(join(partial, libraries))).find((name) => /^ld-linux-.*\.so\.\d$/.test(name));
  if (loader === undefined) throw new StartError("Debian's packages have no dynamic loader in the usual place");
  const change = [
    "--set-interpreter",
    join(root, libraries, loader),
    "--force-rpath",
    "--set-rpath",
    join(root, libraries),
    join(partial, "usr/bin/nix"),
  ];
  const here = ["--library-path", join(partial, libraries), join(partial, "usr/bin/patchelf")];
  await run(join(partial, libraries, loader), [...here, ...change]);
}
