import type { ImageClosure } from "../../image/closure/image-closure.ts";
import type { StorePath } from "../../image/closure/store-path.ts";
import type { ImageRoot } from "../../image/root/image-root.ts";
import type { Tree } from "../../image/trees/tree.ts";
import type { LayerToPack } from "../layers/pack-layer.ts";
import { layerPath } from "../packing/layer-content.ts";
import type { RootReader } from "../root/root-reader.ts";

/** Where the files of a closure's store paths come from. It serves one image. */
export interface PathSource {
  /** What a layer of these store paths is packed from, if it has to be packed. */
  layer(paths: readonly StorePath[]): LayerToPack;
  /** Called when a layer of these store paths is packed or known, or with the error that ends the image. */
  onLayer?(paths: readonly StorePath[], error?: unknown): void;
  /** Makes the root of the image. */
  root(closure: ImageClosure): Promise<ImageRoot>;
  /**
   * The tree of a store path whose layer is stored, for the bundles of packages. Makes sure that the store has the record
   * of the tree. Undefined if the tree is too large for a record.
   */
  tree(path: string): Promise<Tree | undefined>;
  /** Writes what later images need to know of the packed store paths. Called after the image's layers are stored. */
  writeRecords?(): Promise<void>;
}

/** The store of this machine, for layers alone. */
export const LOCAL_LAYERS = {
  layer: (paths: readonly StorePath[]) => ({
    content: { kind: "store-paths", paths: paths.map(layerPath) } as const,
  }),
};

/** The store of this machine. `tree` reads a tree there, and writes its record. */
export function localPaths(rootReader: Pick<RootReader, "read">, tree: PathSource["tree"]): PathSource {
  return { ...LOCAL_LAYERS, root: (closure) => rootReader.read(closure), tree };
}
