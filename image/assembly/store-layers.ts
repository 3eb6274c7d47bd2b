import type { LayerCompression } from "../../protocol/media-types.ts";
import { layerHash } from "../keys/layer-key.ts";
import type { DescribedLayer, Layer } from "../layers/layer.ts";
import { describeGroup, type LayerGroup } from "../layers/layer-group.ts";
import { CannotAssemble } from "./cannot-assemble.ts";
import type { JoinedBundles } from "./join-bundles.ts";

/** Finds packed layers that no bundle has, by their hashes. */
export type FindLayers = (hashes: ReadonlySet<string>) => Promise<ReadonlyMap<string, Layer>>;

interface WantedLayer {
  readonly group: LayerGroup;
  /** Undefined for a layer of one path that a bundle has: it needs no hash. */
  readonly hash: string | undefined;
  readonly layer: Layer | undefined;
}

/** The layers of an image beside its root layer. Throws `CannotAssemble` if one was never packed. */
export async function storeLayers(
  groups: readonly LayerGroup[],
  bundles: Pick<JoinedBundles, "solos" | "rests">,
  compression: LayerCompression,
  find: FindLayers,
): Promise<DescribedLayer[]> {
  const wanted = await Promise.all(groups.map((group) => bundledLayer(group, bundles, compression)));
  const missing = new Set(wanted.flatMap(({ hash, layer }) => (layer || hash === undefined ? [] : [hash])));
  const found = missing.size > 0 ? await find(missing) : new Map<string, Layer>();
  return wanted.map(({ group, hash = "", layer = found.get(hash) }) => {
    const description = describeGroup(group);
    if (!layer) throw new CannotAssemble(`the layer with ${description} was not packed yet`);
    const { digest, diffId, size } = layer;
    return { digest, diffId, size, description, paths: group.map(({ path }) => path) };
  });
}

async function bundledLayer(
  group: LayerGroup,
  { solos, rests }: Pick<JoinedBundles, "solos" | "rests">,
  compression: LayerCompression,
): Promise<WantedLayer> {
  const [first] = group;
  const solo = first && group.length === 1 ? solos.get(first.path) : undefined;
  if (solo) return { group, hash: undefined, layer: solo };
  const hash = await layerHash(group, compression);
  return { group, hash, layer: rests.get(hash) };
}
