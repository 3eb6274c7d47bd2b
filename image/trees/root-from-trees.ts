import { STORE_DIRECTORY } from "../closure/store-path.ts";
import type { FileTrees } from "../root/file-trees.ts";
import type { ImageRoot } from "../root/image-root.ts";
import type { PackagesToRead } from "../root/package-roots.ts";
import { parentOf } from "../root/parent-of.ts";
import { MissingBytes, MissingTree } from "./missing.ts";
import { recordedTrees } from "./recorded-trees.ts";
import { attemptRoot, type RootAttempt } from "./root-attempt.ts";
import type { Tree } from "./tree.ts";

/** Gives the tree of a store path, from anywhere. Undefined if there is none. */
export type FindTree = (path: string) => Promise<Tree | undefined>;

/** Makes an attempt with the trees of some store paths. */
export type MakeAttempt = (trees: ReadonlyMap<string, Tree>) => RootAttempt | Promise<RootAttempt>;

/** Each round follows links through one store path more. Usual images take two rounds. */
const MAX_ROUNDS = 32;
const MAX_PARALLEL_LOADS = 16;
/** The memory of all trees that one image loads. Usual images take a few megabytes. */
const MAX_BYTES = 67_108_864;

export interface RootOptions {
  /** Trees in memory, by store path. If all that the root needs are among them, it takes one round. */
  readonly known?: ReadonlyMap<string, Tree>;
  readonly attempt?: MakeAttempt;
}

/**
 * Makes the root of an image from trees, and loads only the trees that it needs. Throws `MissingTree` or `MissingBytes`
 * if it needs more than there is, or more trees than its limits allow. Otherwise it throws as `attemptRoot` does.
 */
export async function rootFromTrees(
  image: PackagesToRead,
  find: FindTree,
  { known, attempt = (trees) => attemptRoot(image, treesOfImage(image, trees)) }: RootOptions = {},
): Promise<ImageRoot> {
  const trees = new KnownTrees(find, known);
  let wanted: readonly string[] = image.packages.map(({ path }) => path);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await trees.load(wanted);
    const result = await attempt(trees.known);
    if (result.kind === "root") return result.root;
    if (result.kind === "missing-bytes") throw new MissingBytes(result.path);
    wanted = result.paths;
    // All answers before the first missing tree were true. So the root needs this tree.
    const [first = ""] = wanted;
    if (trees.wasAsked(first)) throw new MissingTree(first);
  }
  throw new MissingTree(wanted[0] ?? "");
}

/** Trees that answer for all store paths in the closure of an image. */
export function treesOfImage({ closure }: PackagesToRead, trees: ReadonlyMap<string, Tree>): FileTrees {
  const [first] = closure;
  return recordedTrees(trees, first ? parentOf(first.path) : STORE_DIRECTORY);
}

class KnownTrees {
  readonly known: Map<string, Tree>;
  readonly #find: FindTree;
  readonly #asked: Set<string>;
  #bytes = 0;

  /** The trees in memory take no more of it, so they do not count. */
  constructor(find: FindTree, known: ReadonlyMap<string, Tree> = new Map()) {
    this.#find = find;
    this.known = new Map(known);
    this.#asked = new Set(known.keys());
  }

  wasAsked(path: string): boolean {
    return this.#asked.has(path);
  }

  /** Throws `MissingTree` if the trees would take too much memory. */
  async load(paths: readonly string[]): Promise<void> {
    const fresh = [...new Set(paths)].filter((path) => !this.#asked.has(path));
    for (let start = 0; start < fresh.length; start += MAX_PARALLEL_LOADS) {
      await Promise.all(fresh.slice(start, start + MAX_PARALLEL_LOADS).map((path) => this.#loadOne(path)));
    }
  }

  async #loadOne(path: string): Promise<void> {
    this.#asked.add(path);
    const tree = await this.#find(path);
    if (!tree) return;
    this.#bytes += tree.memoryBytes;
    if (this.#bytes > MAX_BYTES) throw new MissingTree(path);
    this.known.set(path, tree);
  }
}
