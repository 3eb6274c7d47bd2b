import { parentOf } from "../root/parent-of.ts";
import type { ByteString } from "../tar/byte-string.ts";
import type { Tree, TreeFile, TreeLimits } from "./tree.ts";
import { MalformedTree, TreeBuilder } from "./tree-builder.ts";
import type { TreeEntry } from "./tree-entry.ts";

/**
 * The tree of a store path's entries, which are in the order of the tar. Undefined if they are no tree, or one that is
 * above the limits.
 */
export function treeOf(entries: Iterable<TreeEntry>, limits?: TreeLimits): Tree | undefined {
  try {
    return buildTree(entries, new TreeBuilder(limits));
  } catch (error) {
    if (error instanceof MalformedTree) return undefined;
    throw error;
  }
}

function buildTree(entries: Iterable<TreeEntry>, builder: TreeBuilder): Tree {
  /** The directories that are open. */
  const open: ByteString[] = [];
  for (const entry of entries) {
    const { path } = entry;
    // The store path itself has no parent here.
    const parent = path === "" ? undefined : parentOf(path);
    while (open.length > 0 && open.at(-1) !== parent) {
      open.pop();
      builder.close();
    }
    const name = parent ? path.slice(parent.length + 1) : path;
    if (entry.kind === "directory") {
      builder.open(name);
      open.push(path);
    } else builder.add(fileOf(name, entry));
  }
  while (builder.depth > 0) builder.close();
  return builder.finish();
}

function fileOf(name: ByteString, entry: Exclude<TreeEntry, { readonly kind: "directory" }>): TreeFile {
  if (entry.kind === "symlink") return { kind: "symlink", name, target: entry.target };
  const { kind, size, isExecutable, bytes } = entry;
  // A copy: the array may be a part of a large buffer, which the tree would keep in memory.
  return { kind, name, size, isExecutable, bytes: bytes && new Uint8Array(bytes) };
}
