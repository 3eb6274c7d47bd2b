import type { Bundle } from "../../image/bundles/bundle.ts";
import type { Layer } from "../../image/layers/layer.ts";
import type { ImageLayerStore } from "../layers/layer-store.ts";
import type { PathSource } from "../paths/path-source.ts";
import type { WantedLayer, WantedLayers } from "./wanted-layers.ts";

interface LayerStoring {
  readonly paths: Pick<PathSource, "layer">;
  readonly layers: Pick<ImageLayerStore, "ensure">;
  /** Called after each layer that had to be packed. */
  readonly giveWay: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Makes sure that the store has all layers. Packs those that it lacks, one after the other. */
export async function storeLayers(
  { solos, rests }: WantedLayers,
  storing: LayerStoring,
): Promise<Pick<Bundle, "solos" | "rests">> {
  return { solos: await storeEach(solos, storing), rests: await storeEach(rests, storing) };
}

async function storeEach(
  wanted: ReadonlyMap<string, WantedLayer>,
  { paths, layers, giveWay, signal }: LayerStoring,
): Promise<Map<string, Layer>> {
  const stored = new Map<string, Layer>();
  for (const [key, { hash, group }] of wanted) {
    const { work, digest, diffId, size } = await layers.ensure({ hash, ...paths.layer(group) }, signal).stored;
    stored.set(key, { digest, diffId, size });
    if (work) await giveWay();
  }
  return stored;
}
