import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PreparedImage } from "../nix/prepare-image.ts";
import { compareText } from "../nix/store-path.ts";
import { hasCode } from "../error-code.ts";

/** nixpkgs' own convention: packages to install along with one, which `buildEnv` follows as well. */
const PROPAGATED_FILE = "nix-support/propagated-user-env-packages";

/**
 * The store paths whose trees make up the root, in order of precedence: the packages by attribute,
 * requested ones first, then what they propagate, breadth first.
 */
export async function packageRoots({ packages, closure }: PreparedImage): Promise<string[]> {
  const known = new Set(closure.map(({ path }) => path));
  const sorted = packages.toSorted(
    (a, b) => Number(b.requested) - Number(a.requested) || compareText(a.attribute, b.attribute),
  );
  const roots = new Set(sorted.map(({ path }) => path));
  // A set is iterated in insertion order, what is added on the way included.
  for (const root of roots) {
    for (const path of await propagatedPackages(root)) if (known.has(path)) roots.add(path);
  }
  return [...roots];
}

async function propagatedPackages(root: string): Promise<string[]> {
  const text = await readFile(join(root, PROPAGATED_FILE), "utf8").catch(ignoreMissing);
  return (text ?? "").split(/\s+/);
}

/** The first root's file at a path relative to it, or undefined. */
export async function findInRoots(roots: readonly string[], path: string): Promise<string | undefined> {
  for (const root of roots) {
    const file = join(root, path);
    if (await exists(file)) return file;
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    (error: unknown) => {
      ignoreMissing(error);
      return false;
    },
  );
}

/** Rethrows whatever is not "there is no such file"; a link that leads in a circle leads to none. */
function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) throw error;
}
