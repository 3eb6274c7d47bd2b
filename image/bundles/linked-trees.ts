import { STORE_DIRECTORY } from "../closure/store-path.ts";
import { decodeText } from "../tar/byte-string.ts";
import type { FindTree } from "../trees/root-from-trees.ts";
import type { Tree, TreeFile } from "../trees/tree.ts";

/** A bundle is read for each image, so it has the trees of a usual package only. Bytes of memory. */
const MAX_BYTES = 4_194_304;
const STORE_PATH_NAME = /[0-9a-df-np-sv-z]{32}-[^/\s]+/g;

/**
 * The trees that the root layer of any image with the package may read: those of its outputs, and those that links in
 * these trees lead to, and so on. `closure`: the package's store paths. Trees above a limit are left out. Then whoever
 * makes the root layer reads them elsewhere.
 */
export async function linkedTrees(
  outputs: readonly string[],
  closure: ReadonlySet<string>,
  find: FindTree,
): Promise<Map<string, Tree>> {
  const trees = new Map<string, Tree>();
  const wanted = new Set(outputs);
  let bytes = 0;
  // A set is iterated in insertion order, and the loop also reaches the paths that it adds.
  for (const path of wanted) {
    const tree = await find(path);
    if (!tree) continue;
    for (const linked of linkedPaths(tree)) if (closure.has(linked)) wanted.add(linked);
    bytes += tree.memoryBytes;
    if (bytes <= MAX_BYTES) trees.set(path, tree);
  }
  return trees;
}

/** The store paths that a tree's links and the few files whose bytes are kept name, in any form. */
function linkedPaths({ top }: Tree): Set<string> {
  const words = textsOf(top).flatMap((text) => text.match(STORE_PATH_NAME) ?? []);
  return new Set(words.map((word) => `${STORE_DIRECTORY}/${word}`));
}

/** Recursion is no deeper than the path of a file, which a tree limits. */
function textsOf(file: TreeFile): string[] {
  switch (file.kind) {
    case "directory":
      return file.files.flatMap(textsOf);
    case "symlink":
      return [file.target];
    case "file":
      return file.bytes ? [decodeText(file.bytes)] : [];
  }
}
