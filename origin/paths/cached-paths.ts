import type { ImageClosure } from "../../image/closure/image-closure.ts";
import type { StorePath } from "../../image/closure/store-path.ts";
import type { ImageRoot } from "../../image/root/image-root.ts";
import type { Tree } from "../../image/trees/tree.ts";
import { decodeTree } from "../../image/trees/tree-record.ts";
import type { KnownPath } from "../closures/known-path.ts";
import type { LayerToPack } from "../layers/pack-layer.ts";
import { type LayerPath, layerPath } from "../packing/layer-content.ts";
import type { FindTree } from "../../image/trees/root-from-trees.ts";
import type { TreeStore } from "../root/tree-store.ts";
import type { FailedArchive } from "../unpacking/failure.ts";
import type { PathArchive } from "../unpacking/path-archive.ts";
import type { ArchiveProgress } from "./archive-progress.ts";
import type { Archives } from "./archives.ts";
import type { PathSource } from "./path-source.ts";

/** Archives and trees, for all images. */
export interface CachedSources {
  readonly archives: Archives;
  readonly trees: TreeStore;
  /** Makes the root of an image. `find` gives the tree of a store path from anywhere. */
  readonly readRoot: (image: ImageClosure, find: FindTree) => Promise<ImageRoot>;
  /** Unpacks an archive for its tree alone, and writes the record of the tree. */
  readonly readTree: (archive: PathArchive, signal: AbortSignal) => Promise<Tree | undefined>;
}

interface CachedPathsOptions extends CachedSources {
  /** The closure. */
  readonly paths: readonly KnownPath[];
  /** The paths of the closure that are in this machine's store. */
  readonly local: LocalPaths;
  readonly progress: ArchiveProgress;
  readonly signal: AbortSignal;
}

/** Store paths of this machine. */
export interface LocalPaths {
  has(path: string): boolean;
  /** The tree of such a path. Writes its record, if there is none. Undefined if it is too large for a record. */
  tree(path: string): Promise<Tree | undefined>;
}

/** The archives of binary caches, and records of trees. Nothing is fetched for a layer that is known. */
export function cachedPaths(options: CachedPathsOptions): PathSource {
  return new CachedPaths(options);
}

class CachedPaths implements PathSource {
  readonly #options: CachedPathsOptions;
  readonly #known: ReadonlyMap<string, KnownPath>;
  /** For each path: its layer is packed or known. */
  readonly #layers: ReadonlyMap<string, PromiseWithResolvers<void>>;
  readonly #packed = new Set<string>();
  /** The records of trees that came with archives. */
  readonly #arrived = new Map<string, Uint8Array>();
  readonly #records: Promise<void>[] = [];

  constructor(options: CachedPathsOptions) {
    this.#options = options;
    this.#known = new Map(options.paths.map((path) => [path.path, path]));
    this.#layers = new Map(options.paths.map(({ path }) => [path, withResolvers()]));
  }

  layer(paths: readonly StorePath[]): LayerToPack {
    const { progress } = this.#options;
    return {
      content: async (failed) => {
        const layerPaths = await Promise.all(paths.map((path) => this.#layerPath(path, failed)));
        progress.add(layerPaths.flatMap(({ archive }) => archive ?? []));
        return { kind: "store-paths", paths: layerPaths };
      },
      listener: {
        onPath: (path, record) => this.#take(path, record),
        onFetched: (count) => progress.fetched(count),
      },
    };
  }

  onLayer(paths: readonly StorePath[], error?: unknown): void {
    for (const { path } of paths) {
      const layer = this.#layers.get(path);
      if (error === undefined) layer?.resolve();
      else layer?.reject(error);
    }
  }

  root(closure: ImageClosure): Promise<ImageRoot> {
    return this.#options.readRoot(closure, (path) => this.#treeOfLayer(path));
  }

  async writeRecords(): Promise<void> {
    const { local } = this.#options;
    // The tree of a local path is recorded when it is read.
    await Promise.all([...this.#records, ...[...this.#packed].map((path) => local.tree(path))]);
    // The records are in the store now. Bundles may need this object for a long time.
    this.#records.length = 0;
    this.#arrived.clear();
  }

  async tree(path: string): Promise<Tree | undefined> {
    const { trees, local, archives, readTree, signal } = this.#options;
    if (local.has(path)) return local.tree(path);
    const arrived = this.#arrived.get(path);
    if (arrived) return decodeTree(arrived);
    const known = this.#known.get(path);
    return (await trees.read(path)) ?? (known && readTree(await archives.find(known, [], signal), signal));
  }

  async #layerPath(path: StorePath, failed: readonly FailedArchive[]): Promise<LayerPath> {
    const { archives, local, signal } = this.#options;
    if (!local.has(path.path))
      return { ...layerPath(path), archive: await archives.find(this.#describe(path), failed, signal) };
    this.#packed.add(path.path);
    return layerPath(path);
  }

  #describe({ path, narSize, references }: StorePath): KnownPath {
    return this.#known.get(path) ?? { path, narSize, references, narHash: undefined };
  }

  #take(path: string, record: Uint8Array<ArrayBuffer> | undefined): void {
    this.#options.progress.ended(path);
    if (!record) return;
    this.#arrived.set(path, record);
    const written = this.#options.trees.write(path, record);
    // `writeRecords` throws it.
    written.catch(() => undefined);
    this.#records.push(written);
  }

  async #treeOfLayer(path: string): Promise<Tree | undefined> {
    const { trees, local } = this.#options;
    if (local.has(path)) return local.tree(path);
    const recorded = await trees.read(path);
    if (recorded) return recorded;
    // If the layer is being packed, its archives bring the tree.
    await this.#layers.get(path)?.promise;
    return this.tree(path);
  }
}

function withResolvers(): PromiseWithResolvers<void> {
  const resolvers = Promise.withResolvers<void>();
  // Nobody may wait for the layer.
  resolvers.promise.catch(() => undefined);
  return resolvers;
}
