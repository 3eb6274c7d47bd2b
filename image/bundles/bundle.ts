import type { StorePath } from "../closure/store-path.ts";
import type { KnownFacts } from "../facts/image-facts.ts";
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
  /** The layers that are known to be packed: those of one path, by the path. */
  readonly solos: ReadonlyMap<string, Layer>;
  /** The packed layers of several paths, by layer hash. */
  readonly rests: ReadonlyMap<string, Layer>;
  /** The steps of the cut-off whose rest layers are all known. `cutOffAt` says what a step is. */
  readonly steps: readonly number[];
  /** The trees that the root layer reads, by store path. */
  readonly trees: ReadonlyMap<string, Tree>;
  /** What documents say of the store paths, as far as it is known. */
  readonly facts: ReadonlyMap<string, KnownFacts>;
  /** The shares of the package's store paths and of its attribute. */
  readonly popularity: Popularity;
}

/** The memory of a store path with its facts, of a reference and of a layer, about. Bytes. */
const PATH_BYTES = 1000;
const REFERENCE_BYTES = 16;
const LAYER_BYTES = 500;

/** The memory that a bundle takes, about. Bytes. */
export function memoryOfBundle({ closure, solos, rests, trees }: Bundle): number {
  const references = closure.reduce((sum, path) => sum + path.references.length, 0);
  const bytesOfTrees = [...trees.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const layers = solos.size + rests.size;
  return PATH_BYTES * closure.length + REFERENCE_BYTES * references + LAYER_BYTES * layers + bytesOfTrees;
}
