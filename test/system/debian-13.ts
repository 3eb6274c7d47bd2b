import { join } from "node:path";
import { unpackSuite } from "../../start/machine/debian-archive.ts";
import { REPOSITORY } from "./registry.ts";

const SUITE = "trixie";

/**
 * Unpacks packages of a newer Debian, with their libraries, into a folder of their own. Returns the folder, which stands
 * for the root directory. The machine's own packages stay as they are.
 */
export async function unpackDebian13(packages: readonly string[]): Promise<string> {
  const root = join(REPOSITORY, "node_modules/.cache/debian-13", packages.join("+"));
  await unpackSuite({ suite: SUITE, packages, root, signal: new AbortController().signal });
  return root;
}

/** A command line that runs a program with the `/usr` of a folder. Other processes keep the machine's own `/usr`. */
export function withUsrOf(root: string, command: readonly string[]): [program: string, args: string[]] {
  const script = 'mount --bind "$1" /usr; shift; exec "$@"';
  return [
    "unshare",
    ["--mount", "--propagation", "private", "sh", "-ceu", script, "sh", join(root, "usr"), ...command],
  ];
}
