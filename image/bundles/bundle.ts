import type { StorePath } from "../closure/store-path.ts";
import type { Layer } from "../layers/layer.ts";
import type { Popularity } from "../layers/popularity.ts";
import type { Tree } from "../trees/tree.ts";

/**
 * All that is needed to put one package into an image without its files: an attribute with all of its outputs. It does
 * not depend on the revision, nor on the other packages of an image.
 */
export interface Bundle {
  /** The store paths that the outputs reach. */
  readonly closure: readonly StorePath[];
  /** When the store was known to have all layers of the bundle, in milliseconds since the epoch. */
  readonly seenAt: number;
  /** The layers that are packed: those of one path, by the path. */
  readonly solos: ReadonlyMap<string, Layer>;
  /** The packed layers of several paths, by layer hash. */
  readonly rests: ReadonlyMap<string, Layer>;
  /** The steps of the cut-off whose rest layers are all known. `cutOffAt` says what a step is. */
  readonly steps: readonly number[];
  /** The trees that the root layer reads, by store path. */
  readonly trees: ReadonlyMap<string, Tree>;
  /** The shares of the package's store paths and of its attribute. */
  readonly popularity: Popularity;
}
