import type { Tree } from "../../image/trees/tree.ts";

/** Trees in limited memory, by store path. The least recently used go first. */
export class RememberedTrees {
  readonly #trees = new Map<string, Tree>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(path: string): Tree | undefined {
    const tree = this.#trees.get(path);
    if (!tree) return undefined;
    // A map is in the order in which its keys were added.
    this.#trees.delete(path);
    this.#trees.set(path, tree);
    return tree;
  }

  set(path: string, tree: Tree): void {
    this.#delete(path);
    this.#trees.set(path, tree);
    this.#bytes += tree.memoryBytes;
    for (const oldest of this.#trees.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#delete(oldest);
    }
  }

  clear(): void {
    this.#trees.clear();
    this.#bytes = 0;
  }

  #delete(path: string): void {
    this.#bytes -= this.#trees.get(path)?.memoryBytes ?? 0;
    this.#trees.delete(path);
  }
}
