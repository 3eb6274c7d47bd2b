import type { LayerGroup } from "../../image/layers/layer-group.ts";
import type { StorePath } from "../../image/closure/store-path.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Image, Scheme } from "./schemes.ts";
import { type Random, seededRandom } from "./seeded-random.ts";
import { updateAnywhere, updateWithDependents } from "./updates.ts";

/** Images that one client pulls, one after the other. */
interface Scenario {
  readonly name: string;
  /** How often the scenario runs, each time with other images. */
  readonly rounds: number;
  /** How many of the first images are not counted. The client has them already. */
  readonly uncounted: number;
  images(random: Random, catalogue: Catalogue): Image[];
}

const PULLS = 20;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "one image",
    rounds: 300,
    uncounted: 0,
    images: (random, catalogue) => [catalogue.image(catalogue.randomPrograms(random))],
  },
  {
    name: "20 pulls",
    rounds: 30,
    uncounted: 0,
    images: (random, catalogue) =>
      Array.from({ length: PULLS }, () => catalogue.image(catalogue.randomPrograms(random))),
  },
  {
    name: "one added",
    rounds: 300,
    uncounted: 1,
    images(random, catalogue) {
      const programs = catalogue.randomPrograms(random);
      return [catalogue.image(programs), catalogue.image([...programs, catalogue.randomProgram(random)])];
    },
  },
  {
    name: "10 % bump",
    rounds: 300,
    uncounted: 1,
    images(random, catalogue) {
      const image = catalogue.image(catalogue.randomPrograms(random));
      return [image, updateWithDependents(random, image)];
    },
  },
  {
    name: "10 % anywhere",
    rounds: 300,
    uncounted: 1,
    images(random, catalogue) {
      const image = catalogue.image(catalogue.randomPrograms(random));
      return [image, updateAnywhere(random, image)];
    },
  },
];

/** Bytes that clients fetch, divided by the ideal: the bytes if each store path were a layer of its own. */
export function multipleOfIdeal(scenario: Scenario, catalogue: Catalogue, scheme: Scheme, maxLayers: number): number {
  let fetched = 0;
  let ideal = 0;
  for (let round = 1; round <= scenario.rounds; round++) {
    const images = scenario.images(seededRandom(round), catalogue);
    const layers = images.map((image) => scheme.group(image, maxLayers));
    fetched += bytesOfNew(layers, scenario.uncounted);
    const paths = images.map(({ closure }) => closure.map((path) => [path]));
    ideal += bytesOfNew(paths, scenario.uncounted);
  }
  return fetched / ideal;
}

/** The bytes of the layers that were in no earlier image. */
function bytesOfNew(images: readonly (readonly LayerGroup[])[], uncounted: number): number {
  const known = new Set<string>();
  let bytes = 0;
  for (const [index, layers] of images.entries()) {
    const added = layers.filter((layer) => isNew(known, layerKey(layer)));
    if (index >= uncounted) bytes += added.reduce((sum, layer) => sum + sizeOf(layer), 0);
  }
  return bytes;
}

/** True the first time for each key. Adds the key to `known`. */
export function isNew(known: Set<string>, key: string): boolean {
  return known.size < known.add(key).size;
}

export function layerKey(layer: LayerGroup): string {
  return layer.map(({ path }) => path).join(" ");
}

export function sizeOf(paths: readonly StorePath[]): number {
  return paths.reduce((sum, { narSize }) => sum + narSize, 0);
}
