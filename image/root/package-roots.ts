import { closeSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "../../protocol/format-bytes.ts";
import type { ImageClosure } from "../closure/image-closure.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { PackageError } from "../closure/package-error.ts";
import { openRegularFile } from "../../origin/packing/regular-file.ts";
import { byteString } from "../tar/tar-entry.ts";
import { StoreFiles } from "../../origin/root/store-files.ts";

/** nixpkgs' own convention: packages to install along with one, which `buildEnv` follows as well. */
const PROPAGATED_FILE = "nix-support/propagated-user-env-packages";

/** Store paths and white space; a thousand times as much as the largest has. */
const MAX_PROPAGATED_BYTES = 1_048_576;

/** Of a prepared image, what its root depends on. */
export type PackagesToRead = Pick<ImageClosure, "packages" | "closure">;

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
  const files = new StoreFiles(closure.map(({ path }) => path));
  // A set is iterated in insertion order, what is added on the way included.
  for (const root of roots) {
    for (const path of propagatedPackages(root, files)) if (known.has(path)) roots.add(path);
  }
  return [...roots];
}

/** None where there is no such file in the store: a link may lead anywhere. */
function propagatedPackages(root: string, files: StoreFiles): string[] {
  const file = files.find(byteString(join(root, PROPAGATED_FILE)));
  if (!file?.status.isFile()) return [];
  if (file.status.size > MAX_PROPAGATED_BYTES)
    throw new PackageError(root, `has more than ${formatBytes(MAX_PROPAGATED_BYTES)} in ${PROPAGATED_FILE}`);
  const descriptor = openRegularFile(file.path);
  try {
    return readFileSync(descriptor, "utf8").split(/\s+/);
  } finally {
    closeSync(descriptor);
  }
}

/** The first root's file at a path relative to it, or undefined. A link that leads out of the store leads to no file. */
export function findInRoots(roots: readonly string[], path: string): string | undefined {
  const files = new StoreFiles(roots);
  const root = roots.find((candidate) => files.find(byteString(join(candidate, path))) !== undefined);
  return root && join(root, path);
}
