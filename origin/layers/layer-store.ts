import pLimit, { type LimitFunction } from "p-limit";
import type { LayerContent } from "../packing/layer-content.ts";
import type { BlobPresence } from "../stores/blob-presence.ts";
import { createKnownLayers } from "./known-layers.ts";
import { type LayerWithWork, packLayer, type PackOptions } from "./pack-layer.ts";

/** A layer to be: what identifies it, and what it is packed from when it must be. */
export interface LayerSource {
  /** Two sources with the same hash have the same bytes. */
  readonly hash: string;
  readonly content: LayerContent;
}

interface LayerStoreOptions extends PackOptions {
  readonly blobs: BlobPresence;
  /** Told of each layer that was found or packed; of one that several builds share meanwhile, once. */
  readonly onLayer?: ((layer: LayerWithWork) => void) | undefined;
}

export interface LayerStore {
  /** For the layers of one image, which wait for each other and for no other image's. */
  forImage(): ImageLayerStore;
}

export interface ImageLayerStore {
  /** Makes sure that the store has the layer: as it is there already, or packed and uploaded now. */
  ensure(source: LayerSource, signal: AbortSignal): Promise<LayerWithWork>;
}

/** Over all builds: enough to hide the store's latency. */
const LOOKUPS_AT_ONCE = 32;
/**
 * Of one image: layers packed, or waiting in the spool for their turn to be uploaded. Eight large ones must not hold up
 * other images; the number of builds at a time bounds the total.
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
      return layer && told({ ...layer, work: undefined });
    });
    let packed: Promise<LayerWithWork> | undefined;
    const pack = async () => {
      const layer = await packLayer(options, content, signal);
      await known.add(hash, layer);
      return told(layer);
    };
    return { signal, found, pack: () => (packed ??= pack()) };
  }

  function told(layer: LayerWithWork): LayerWithWork {
    onLayer?.(layer);
    return layer;
  }

  async function ensure(source: LayerSource, signal: AbortSignal, slots: LimitFunction): Promise<LayerWithWork> {
    for (let joined = underWay.get(source.hash); joined; joined = underWay.get(source.hash)) {
      try {
        return await take(joined, slots);
      } catch (error) {
        // That another build was stopped is no reason to fail here.
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

/** It is packed when the first of the images that need it has a slot for it: none waits behind another's layers. */
async function take({ found, pack }: SharedLayer, slots: LimitFunction): Promise<LayerWithWork> {
  return (await found) ?? slots(pack);
}

/** A layer that one build or several wait for. */
interface SharedLayer {
  /** Of the build that asked for it first. */
  readonly signal: AbortSignal;
  readonly found: Promise<LayerWithWork | undefined>;
  /** Packs it once, whoever calls. */
  readonly pack: () => Promise<LayerWithWork>;
}
