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
  const tree = new GrowingTree(limits);
  for (const entry of entries) tree.add(entry);
  return tree.finish();
}

/** A tree whose entries come one by one. It keeps nothing more as soon as it is above the limits, or no tree. */
export class GrowingTree {
  /** Undefined if there is no tree. */
  #builder: TreeBuilder | undefined;
  /** The directories that are open. */
  readonly #open: ByteString[] = [];

  constructor(limits?: TreeLimits) {
    this.#builder = new TreeBuilder(limits);
  }

  add(entry: TreeEntry): void {
    this.#attempt((builder) => this.#put(entry, builder));
  }

  /** Call it after the last entry. */
  finish(): Tree | undefined {
    return this.#attempt((builder) => {
      while (builder.depth > 0) builder.close();
      return builder.finish();
    });
  }

  #put(entry: TreeEntry, builder: TreeBuilder): void {
    const { path } = entry;
    // The store path itself has no parent here.
    const parent = path === "" ? undefined : parentOf(path);
    while (this.#open.length > 0 && this.#open.at(-1) !== parent) {
      this.#open.pop();
      builder.close();
    }
    const name = parent ? path.slice(parent.length + 1) : path;
    if (entry.kind === "directory") {
      builder.open(name);
      this.#open.push(path);
    } else builder.add(fileOf(name, entry));
  }

  #attempt<T>(work: (builder: TreeBuilder) => T): T | undefined {
    try {
      return this.#builder && work(this.#builder);
    } catch (error) {
      if (!(error instanceof MalformedTree)) throw error;
      this.#builder = undefined;
      return undefined;
    }
  }
}

function fileOf(name: ByteString, entry: Exclude<TreeEntry, { readonly kind: "directory" }>): TreeFile {
  if (entry.kind === "symlink") return { kind: "symlink", name, target: entry.target };
  const { kind, size, isExecutable, bytes } = entry;
  // A copy: the array may be a part of a large buffer, which the tree would keep in memory.
  return { kind, name, size, isExecutable, bytes: bytes && new Uint8Array(bytes) };
}
