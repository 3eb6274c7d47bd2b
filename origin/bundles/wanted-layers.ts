import type { Bundle } from "../../image/bundles/bundle.ts";
import type { PackageLayers } from "../../image/bundles/package-layers.ts";
import { layerHash } from "../../image/keys/layer-key.ts";
import type { LayerGroup } from "../../image/layers/layer-group.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";

/** The layers that a bundle must have, at some steps of the cut-off. */
export interface WantedLayers {
  readonly steps: readonly number[];
  /** Layers of one path, by the path. */
  readonly solos: ReadonlyMap<string, WantedLayer>;
  /** Rest layers, by layer hash. Different steps may have the same. */
  readonly rests: ReadonlyMap<string, WantedLayer>;
}

export interface WantedLayer {
  /** The layer hash. */
  readonly hash: string;
  readonly group: LayerGroup;
}

/** The layers of a package at these steps, which must be steps of `layers`. */
export async function wantedLayers(
  layers: PackageLayers,
  steps: readonly number[],
  compression: LayerCompression,
): Promise<WantedLayers> {
  const hashed = async (group: LayerGroup) => ({ hash: await layerHash(group, compression), group });
  const solos = layers.solos.map(async (path) => [path.path, await hashed([path])] as const);
  const groups = steps.flatMap((step) => layers.rests.get(step) ?? []);
  const rests = groups.map(async (group) => {
    const layer = await hashed(group);
    return [layer.hash, layer] as const;
  });
  return { steps, solos: new Map(await Promise.all(solos)), rests: new Map(await Promise.all(rests)) };
}

/** Whether a bundle has these layers. */
export function hasLayers(bundle: Bundle, { steps, solos, rests }: WantedLayers): boolean {
  return (
    steps.every((step) => bundle.steps.includes(step)) &&
    [...solos.keys()].every((path) => bundle.solos.has(path)) &&
    [...rests.keys()].every((hash) => bundle.rests.has(hash))
  );
}
