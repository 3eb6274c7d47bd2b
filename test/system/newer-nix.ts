import { delimiter, join } from "node:path";
import { bringDebianNix, NEWER_SUITES, type NewerSuite } from "../../start/machine/debian-nix.ts";
import { REPOSITORY } from "./registry.ts";

/** The value of XDG_CACHE_HOME with which `npm start` uses the same newer versions of Nix as these tests. */
export const CACHE_HOME = join(REPOSITORY, "node_modules/.cache");

const SYSTEM_PATH = "/usr/bin:/bin";

/** Returns the folder of the programs of a newer Debian's Nix. The machine's Nix stays as it is. */
export function newerNix(suite: NewerSuite = "trixie"): Promise<string> {
  const { signal } = new AbortController();
  return bringDebianNix({ suite, directory: join(CACHE_HOME, "cornice/nix"), signal });
}

/** A PATH for each version of Nix that this machine can have: its own, and the ones of newer Debians. */
export const NIX_VERSIONS: readonly (readonly [name: string, path: () => Promise<string>])[] = [
  ["this machine's Nix", async () => SYSTEM_PATH],
  ...NEWER_SUITES.map((suite) => {
    return [`the Nix of Debian ${suite}`, async () => [await newerNix(suite), SYSTEM_PATH].join(delimiter)] as const;
  }),
];
