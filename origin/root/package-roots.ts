import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PreparedImage } from "../nix/prepare-image.ts";
import { compareText } from "../nix/store-path.ts";
import { hasCode } from "../error-code.ts";

/** nixpkgs' own convention: packages to install along with one, which `buildEnv` follows as well. */
const PROPAGATED_FILE = "nix-support/propagated-user-env-packages";

/** Of a prepared image, what its root depends on. */
export type PackagesToRead = Pick<PreparedImage, "packages" | "closure">;

/**
 * The store paths whose trees make up the root, in order of precedence: the packages by attribute,
 * requested ones first, then what they propagate, breadth first. Reads synchronously: for threads that may wait.
 */
export function packageRoots({ packages, closure }: PackagesToRead): string[] {
  const known = new Set(closure.map(({ path }) => path));
  const sorted = packages.toSorted(
    (a, b) => Number(b.requested) - Number(a.requested) || compareText(a.attribute, b.attribute),
  );
  const roots = new Set(sorted.map(({ path }) => path));
  // A set is iterated in insertion order, what is added on the way included.
  for (const root of roots) {
    for (const path of propagatedPackages(root)) if (known.has(path)) roots.add(path);
  }
  return [...roots];
}

function propagatedPackages(root: string): string[] {
  try {
    return readFileSync(join(root, PROPAGATED_FILE), "utf8").split(/\s+/);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The first root's file at a path relative to it, or undefined. */
export function findInRoots(roots: readonly string[], path: string): string | undefined {
  const root = roots.find((candidate) => exists(join(candidate, path)));
  return root && join(root, path);
}

function exists(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** A link that leads in a circle leads to no file. */
function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT", "ENOTDIR", "ELOOP");
}
