import type { StorePath } from "../closure/store-path.ts";
import { divideClosure } from "../layers/group-layers.ts";
import type { LayerGroup } from "../layers/layer-group.ts";
import { packageParts, type PartsInput } from "../layers/package-parts.ts";
import { cutOffAt, restLayers } from "../layers/rest-layers.ts";
import { MAX_STEP } from "./bundle-limits.ts";

/**
 * The last step of the cut-off whose rest layers are packed ahead, for a package that needs no higher one. Images of
 * some five packages rarely need a higher step: 2 % of a large package set.
 */
const LAST_STEP = 10;

/** One package with its closure. */
export interface PackageToLayer extends PartsInput {
  readonly maxStoreLayers: number;
}

/** The layers that images with a package are made of. */
export interface PackageLayers {
  /** Paths with a layer of their own, in at least one image. */
  readonly solos: readonly StorePath[];
  /** For each step of the cut-off: the package's rest layers. Different steps may have the same layers. */
  readonly rests: ReadonlyMap<number, readonly LayerGroup[]>;
}

/**
 * The layers to pack ahead, so that images with the package can be put together. The first step is the one that the
 * package needs alone: an image with more packages never needs a lower one. `seen`: a step of an image that has been
 * built. It may be higher than those that are packed ahead.
 */
export function packageLayers({ maxStoreLayers, ...input }: PackageToLayer, seen = 0): PackageLayers {
  const { cutOff } = divideClosure({ ...input, maxStoreLayers });
  const parts = packageParts(input);
  const steps = stepsFrom(stepOf(cutOff), seen);
  return {
    solos: input.closure.filter(({ narSize }) => narSize >= cutOff),
    rests: new Map(steps.map((step) => [step, restLayers(parts, cutOffAt(step))])),
  };
}

/** The step of a cut-off, in bytes. */
export function stepOf(cutOff: number): number {
  for (let step = 0; step <= MAX_STEP; step += 1) if (cutOffAt(step) === cutOff) return step;
  throw new RangeError(`${cutOff} bytes are no cut-off`);
}

function stepsFrom(first: number, seen: number): readonly number[] {
  const ahead = Array.from({ length: Math.max(1, LAST_STEP + 1 - first) }, (_, index) => first + index);
  return seen > (ahead.at(-1) ?? 0) ? [...ahead, seen] : ahead;
}
