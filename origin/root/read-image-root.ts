import { lstatSync } from "node:fs";
import { type ImageRoot, imageRoot } from "../../image/root/image-root.ts";
import { packageRoots, type PackagesToRead } from "../../image/root/package-roots.ts";
import { StoreFiles } from "../../image/root/store-files.ts";
import { DISK_TREES } from "./disk-trees.ts";

/** Blocks its thread for hundreds of small reads. Throws the system's error if a package is gone. */
export function readImageRoot(image: PackagesToRead): ImageRoot {
  const files = new StoreFiles(
    DISK_TREES,
    image.closure.map(({ path }) => path),
  );
  const roots = packageRoots(image, files);
  for (const root of roots) lstatSync(root);
  return imageRoot(roots, files);
}
