import { formatBytes } from "../../protocol/format-bytes.ts";
import type { ImageClosure } from "../closure/image-closure.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { PackageError } from "../closure/package-error.ts";
import { storePathName } from "../closure/store-path.ts";
import { byteString, decodeText } from "../tar/byte-string.ts";
import { MAX_PROPAGATED_BYTES, PROPAGATED_FILE } from "./files-to-read.ts";
import { parentOf } from "./parent-of.ts";
import type { StoreFiles } from "./store-files.ts";

/** The parts of an image that its root depends on. */
export type PackagesToRead = Pick<ImageClosure, "packages" | "closure">;

/**
 * The store paths whose trees make up the root, in order of precedence. Requested packages come first, then the others,
 * both by attribute. The outputs of a package are sorted by name, so the default output comes first. Then come the
 * packages that they propagate, breadth first. The order of `packages` makes no difference, because the closure key does
 * not cover it.
 */
export function packageRoots({ packages, closure }: PackagesToRead, files: StoreFiles): string[] {
  const known = new Set(closure.map(({ path }) => path));
  const sorted = packages.toSorted(
    (a, b) =>
      Number(b.requested) - Number(a.requested) ||
      compareText(a.attribute, b.attribute) ||
      compareText(storePathName(a.path), storePathName(b.path)) ||
      compareText(a.path, b.path),
  );
  const roots = new Set(sorted.map(({ path }) => path));
  // A set is iterated in insertion order, and the loop also reaches the paths that it adds.
  for (const root of roots) {
    for (const path of propagatedPackages(root, files)) if (known.has(path)) roots.add(path);
  }
  return [...roots];
}

/** Empty if the package has no such file, or if a link leads out of the closure. */
function propagatedPackages(root: string, files: StoreFiles): string[] {
  const file = files.find(byteString(`${root}/${PROPAGATED_FILE}`));
  if (file?.node.kind !== "file") return [];
  if (file.node.size > MAX_PROPAGATED_BYTES)
    throw new PackageError(root, `has more than ${formatBytes(MAX_PROPAGATED_BYTES)} in ${PROPAGATED_FILE}`);
  return decodeText(files.trees.read(file.path)).split(/\s+/);
}

/** The first root's file at a path relative to it, or undefined. A link that leads out of the closure leads to no file. */
export function findInRoots(roots: readonly string[], path: string, files: StoreFiles): string | undefined {
  const candidates = files.rootsWith(roots, parentOf(path));
  const root = candidates.find((candidate) => files.find(byteString(`${candidate}/${path}`)) !== undefined);
  return root && `${root}/${path}`;
}
