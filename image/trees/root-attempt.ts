import type { FileTrees } from "../root/file-trees.ts";
import { type ImageRoot, imageRoot } from "../root/image-root.ts";
import { packageRoots, type PackagesToRead } from "../root/package-roots.ts";
import { StoreFiles } from "../root/store-files.ts";
import type { ByteString } from "../tar/byte-string.ts";
import { MissingBytes, MissingTree } from "./missing.ts";

/** The result of an attempt to make a root from the trees that are known so far. A plain value that can be cloned. */
export type RootAttempt =
  | { readonly kind: "root"; readonly root: ImageRoot }
  /** Store paths without a tree. The root needs the first one. It may need the others, too. */
  | { readonly kind: "missing-trees"; readonly paths: readonly string[] }
  /** A file whose bytes the root needs, but its tree does not keep. */
  | { readonly kind: "missing-bytes"; readonly path: ByteString };

/**
 * Makes the root of an image. If a tree is missing, it goes on as if the store path were not there, to find the other
 * trees that are missing. Throws as `packageRoots` and `imageRoot` do, but only if no tree is missing: an error may
 * follow from a tree that is not there.
 */
export function attemptRoot(image: PackagesToRead, trees: FileTrees): RootAttempt {
  const missing = new Set<string>();
  try {
    const root = readRoot(image, notingMissing(trees, missing));
    if (missing.size === 0) return { kind: "root", root };
  } catch (error) {
    if (missing.size === 0 && error instanceof MissingBytes) return { kind: "missing-bytes", path: error.path };
    if (missing.size === 0) throw error;
  }
  return { kind: "missing-trees", paths: [...missing] };
}

function readRoot(image: PackagesToRead, trees: FileTrees): ImageRoot {
  const files = new StoreFiles(
    trees,
    image.closure.map(({ path }) => path),
  );
  return imageRoot(packageRoots(image, files), files);
}

function notingMissing(trees: FileTrees, missing: Set<string>): FileTrees {
  return {
    ...trees,
    find(path) {
      try {
        return trees.find(path);
      } catch (error) {
        if (!(error instanceof MissingTree)) throw error;
        missing.add(error.path);
        return undefined;
      }
    },
  };
}
