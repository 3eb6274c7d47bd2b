import { STORE_DIRECTORY } from "../closure/store-path.ts";
import { decodeText } from "../tar/byte-string.ts";
import type { FindTree } from "../trees/root-from-trees.ts";
import type { Tree, TreeFile } from "../trees/tree.ts";
import { MAX_TREE_BYTES } from "./bundle-limits.ts";

/** A store may be far away, and a tree may take 32 MB. */
const PARALLEL_LOADS = 8;
const STORE_PATH_WORD = /[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\-._?=]+/g;

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
  const asked = new Set<string>();
  let bytes = 0;
  for (let next = nextOf(wanted, asked); next.length > 0; next = nextOf(wanted, asked)) {
    for (const path of next) asked.add(path);
    const found = await Promise.all(next.map(async (path) => ({ path, tree: await find(path) })));
    for (const { path, tree } of found) {
      if (!tree) continue;
      for (const linked of linkedPaths(tree)) if (closure.has(linked)) wanted.add(linked);
      if (bytes + tree.memoryBytes > MAX_TREE_BYTES) continue;
      bytes += tree.memoryBytes;
      trees.set(path, tree);
    }
  }
  return trees;
}

function nextOf(wanted: ReadonlySet<string>, asked: ReadonlySet<string>): string[] {
  return [...wanted].filter((path) => !asked.has(path)).slice(0, PARALLEL_LOADS);
}

/** The store paths that a tree's links and the few files whose bytes are kept name, in any form. */
function linkedPaths({ top }: Tree): Set<string> {
  const words = textsOf(top).flatMap((text) => text.match(STORE_PATH_WORD) ?? []);
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
