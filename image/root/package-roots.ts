import { formatBytes } from "../../protocol/format-bytes.ts";
import type { ImageClosure } from "../closure/image-closure.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { PackageError } from "../closure/package-error.ts";
import { byteString, decodeText } from "../tar/byte-string.ts";
import type { StoreFiles } from "./store-files.ts";

/** nixpkgs' own convention: packages to install along with one, which `buildEnv` follows as well. */
const PROPAGATED_FILE = "nix-support/propagated-user-env-packages";

/** Store paths and white space; a thousand times as much as the largest has. */
const MAX_PROPAGATED_BYTES = 1_048_576;

/** Of a prepared image, what its root depends on. */
export type PackagesToRead = Pick<ImageClosure, "packages" | "closure">;

/**
 * The store paths whose trees make up the root, in order of precedence: the packages by attribute,
 * requested ones first, then what they propagate, breadth first.
 */
export function packageRoots({ packages, closure }: PackagesToRead, files: StoreFiles): string[] {
  const known = new Set(closure.map(({ path }) => path));
  const sorted = packages.toSorted(
    (a, b) => Number(b.requested) - Number(a.requested) || compareText(a.attribute, b.attribute),
  );
  const roots = new Set(sorted.map(({ path }) => path));
  // A set is iterated in insertion order, what is added on the way included.
  for (const root of roots) {
    for (const path of propagatedPackages(root, files)) if (known.has(path)) roots.add(path);
  }
  return [...roots];
}

/** None where there is no such file in the store: a link may lead anywhere. */
function propagatedPackages(root: string, files: StoreFiles): string[] {
  const file = files.find(byteString(`${root}/${PROPAGATED_FILE}`));
  if (file?.node.kind !== "file") return [];
  if (file.node.size > MAX_PROPAGATED_BYTES)
    throw new PackageError(root, `has more than ${formatBytes(MAX_PROPAGATED_BYTES)} in ${PROPAGATED_FILE}`);
  return decodeText(files.trees.read(file.path)).split(/\s+/);
}

/** The first root's file at a path relative to it, or undefined. A link that leads out of the store leads to no file. */
export function findInRoots(roots: readonly string[], path: string, files: StoreFiles): string | undefined {
  return roots.map((root) => `${root}/${path}`).find((candidate) => files.find(byteString(candidate)) !== undefined);
}
