import { MIN_FRAGMENT_BYTES } from "../../origin/packing/layer-content.ts";
import type { Catalogue } from "./catalogue.ts";
import { isNew, layerKey, sizeOf } from "./pulls.ts";
import type { Image, Scheme } from "./schemes.ts";
import { below, type Random, seededRandom } from "./seeded-random.ts";
import { updateWithDependents } from "./updates.ts";

const BUILDS = 200;

/** The bytes that an origin packs for a sequence of builds. */
export interface Packed {
  readonly builds: number;
  readonly bytes: number;
  /** Bytes in layers of several paths. */
  readonly merged: number;
  /** Bytes of paths that were packed before, for another layer. */
  readonly again: number;
  /** Bytes of `again` in large paths. A kept layer has them compressed, in members of their own. */
  readonly spared: number;
}

/** A third of the builds are new images, a third add a package to the last image, and a third update the last image. */
export function simulateBuilds(catalogue: Catalogue, scheme: Scheme, maxLayers: number): Packed {
  const layers = new Set<string>();
  const paths = new Set<string>();
  const sums = { bytes: 0, merged: 0, again: 0, spared: 0 };
  for (const image of buildSequence(seededRandom(BUILDS), catalogue)) {
    for (const layer of scheme.group(image, maxLayers)) {
      if (!isNew(layers, layerKey(layer))) continue;
      const again = layer.filter(({ path }) => !isNew(paths, path));
      sums.bytes += sizeOf(layer);
      sums.merged += layer.length > 1 ? sizeOf(layer) : 0;
      sums.again += sizeOf(again);
      sums.spared += sizeOf(again.filter(({ narSize }) => narSize >= MIN_FRAGMENT_BYTES));
    }
  }
  return { builds: BUILDS, ...sums };
}

function* buildSequence(random: Random, catalogue: Catalogue): Generator<Image> {
  let programs = catalogue.randomPrograms(random);
  let image = catalogue.image(programs);
  for (let build = 0; build < BUILDS; build++) {
    yield image;
    const kind = below(random, 3);
    if (kind === 2) image = updateWithDependents(random, image);
    else {
      programs =
        kind === 0 ? catalogue.randomPrograms(random) : [...new Set([...programs, catalogue.randomProgram(random)])];
      image = catalogue.image(programs);
    }
  }
}
