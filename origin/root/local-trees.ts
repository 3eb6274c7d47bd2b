import pLimit from "p-limit";
import { decodeTree } from "../../image/trees/tree-record.ts";
import type { FindTree } from "../../image/trees/root-from-trees.ts";
import type { RootReader } from "./root-reader.ts";
import type { TreeStore } from "./tree-store.ts";

/**
 * Gives the trees of paths in this machine's store. If a path has no record yet, its tree is read, and its record is
 * written. Undefined if a tree is too large for a record. Throws `PackingError` and `StoreError`.
 */
export function localTrees(trees: TreeStore, rootReader: Pick<RootReader, "record">): FindTree {
  // The start of a thread takes longer than the usual tree.
  const oneThread = pLimit(1);
  return async (path) => {
    const recorded = await trees.read(path);
    if (recorded) return recorded;
    const record = await oneThread(() => rootReader.record(path));
    if (record) await trees.write(path, record);
    return record && decodeTree(record);
  };
}
