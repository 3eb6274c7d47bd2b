import pLimit, { type LimitFunction } from "p-limit";
import type { LayerContent } from "../packing/layer-content.ts";
import type { BlobPresence } from "../stores/blob-presence.ts";
import { createKnownLayers } from "./known-layers.ts";
import { type LayerWithWork, packLayer, type PackOptions } from "./pack-layer.ts";

/** A layer that an image needs, and the content from which it can be packed. */
export interface LayerSource {
  /** Two sources with the same hash have the same bytes. */
  readonly hash: string;
  readonly content: LayerContent;
}

interface LayerStoreOptions extends PackOptions {
  readonly blobs: BlobPresence;
  /** Called for each layer that was found or packed. If several builds share a packing, it is called once. */
  readonly onLayer?: ((layer: LayerWithWork) => void) | undefined;
}

export interface LayerStore {
  /** For the layers of one image. They wait for each other, but not for another image's layers. */
  forImage(): ImageLayerStore;
}

export interface ImageLayerStore {
  /** Makes sure that the store has the layer: finds it there, or packs and uploads it. */
  ensure(source: LayerSource, signal: AbortSignal): Promise<LayerWithWork>;
}

/** The limit for all builds together. It is enough to hide the store's latency. */
const LOOKUPS_AT_ONCE = 32;
/**
 * The limit for the layers of one image that are being packed or wait in the spool for their upload. So the large
 * layers of one image do not hold up other images. The number of builds at a time bounds the total.
 */
const LAYERS_IN_FLIGHT = 8;

export function createLayerStore(options: LayerStoreOptions): LayerStore {
  const { store, blobs, onLayer } = options;
  const known = createKnownLayers(store, blobs);
  /** Builds that need the same layer at the same time share one packing. */
  const underWay = new Map<string, SharedLayer>();
  const lookUps = pLimit(LOOKUPS_AT_ONCE);

  function share({ hash, content }: LayerSource, signal: AbortSignal): SharedLayer {
    const found = lookUps(async () => {
      const layer = signal.aborted ? undefined : await known.find(hash);
      return layer && report({ ...layer, work: undefined });
    });
    let packed: Promise<LayerWithWork> | undefined;
    const pack = async () => {
      const layer = await packLayer(options, content, signal);
      await known.add(hash, layer);
      return report(layer);
    };
    return { signal, found, pack: () => (packed ??= pack()) };
  }

  function report(layer: LayerWithWork): LayerWithWork {
    onLayer?.(layer);
    return layer;
  }

  async function ensure(source: LayerSource, signal: AbortSignal, slots: LimitFunction): Promise<LayerWithWork> {
    for (let joined = underWay.get(source.hash); joined; joined = underWay.get(source.hash)) {
      try {
        return await take(joined, slots);
      } catch (error) {
        // Another build started the packing and was stopped. This build must not fail for that.
        if (!joined.signal.aborted || signal.aborted) throw error;
        if (underWay.get(source.hash) === joined) underWay.delete(source.hash);
      }
    }
    const shared = share(source, signal);
    underWay.set(source.hash, shared);
    return take(shared, slots).finally(() => {
      if (underWay.get(source.hash) === shared) underWay.delete(source.hash);
    });
  }

  return {
    forImage() {
      const slots = pLimit(LAYERS_IN_FLIGHT);
      return { ensure: (source, signal) => ensure(source, signal, slots) };
    },
  };
}

/** The first image with a free slot packs the layer, so that no image waits for another image's layers. */
async function take({ found, pack }: SharedLayer, slots: LimitFunction): Promise<LayerWithWork> {
  return (await found) ?? slots(pack);
}

/** A layer for which one or several builds wait. */
interface SharedLayer {
  /** The signal of the build that asked first. */
  readonly signal: AbortSignal;
  readonly found: Promise<LayerWithWork | undefined>;
  /** Packs the layer once, however often it is called. */
  readonly pack: () => Promise<LayerWithWork>;
}
