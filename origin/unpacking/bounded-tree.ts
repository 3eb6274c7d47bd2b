import { TREE_LIMITS } from "../../image/trees/tree.ts";
import type { TreeEntry } from "../../image/trees/tree-entry.ts";

/** Collects the entries of a tree, and forgets them if there are too many for a record. */
export class BoundedTree {
  #entries: TreeEntry[] | undefined = [];

  add(entry: TreeEntry): void {
    this.#entries?.push(entry);
    if (this.#entries && this.#entries.length > TREE_LIMITS.entries) this.#entries = undefined;
  }

  /** Undefined if the tree is too large. */
  get entries(): readonly TreeEntry[] | undefined {
    return this.#entries;
  }
}
