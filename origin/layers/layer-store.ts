import pLimit, { type LimitFunction } from "p-limit";
import type { Layer } from "../../image/layers/layer.ts";
import type { BlobPresence } from "../stores/blob-presence.ts";
import type { SweepGuard } from "../sweeps/sweep-guard.ts";
import { createKnownLayers } from "./known-layers.ts";
import type { LearnedLayers } from "./learned-layers.ts";
import { type LayerToPack, type LayerUnderWay, type LayerWithWork, packLayer, type PackOptions } from "./pack-layer.ts";
import { createUploadSlots } from "./upload-slots.ts";

/** A layer that an image needs, and the content from which it can be packed. */
export interface LayerSource extends LayerToPack {
  /** Two sources with the same hash have the same bytes. */
  readonly hash: string;
}

interface LayerStoreOptions extends PackOptions {
  readonly blobs: BlobPresence;
  /** What earlier processes on this machine learned. Without it, the store's list is all that is known. */
  readonly learned?: LearnedLayers | undefined;
  /** By default, nobody removes anything from the store. */
  readonly sweeps?: SweepGuard | undefined;
  /** Called for each layer that was found or packed. If several builds share a packing, it is called once. */
  readonly onLayer?: ((layer: LayerWithWork) => void) | undefined;
}

export interface LayerStore {
  /** Reads the store's list of layers ahead of the first image. Never rejects: an image reads the list again. */
  prepare(): Promise<void>;
  /**
   * For the layers of one image. They wait for each other, but not for another image's layers. It begins to read the
   * store's list of layers, so call it while Nix still works.
   */
  forImage(): ImageLayerStore;
}

/** A layer that was found, or that is being packed and uploaded. */
export type EnsuredLayer = Pick<LayerUnderWay, "packed" | "stored">;

export interface ImageLayerStore {
  /** Makes sure that the store has the layer: finds it there, or packs and uploads it. */
  ensure(source: LayerSource, signal: AbortSignal): EnsuredLayer;
  /** Lists the image's layers in the store, for all origins. Their blobs must be in the store before. */
  list(): Promise<void>;
}

/** The limit for all builds together. It is enough to hide the store's latency. */
const LOOKUPS_AT_ONCE = 32;
/**
 * The limit for the layers of one image that are being packed or wait in the spool for their upload to begin. So the
 * large layers of one image do not hold up other images. The number of builds at a time bounds the total.
 */
const LAYERS_IN_FLIGHT = 8;
/** The limits for all builds together. The number hides the store's latency. The bytes keep a narrow line fair. */
const UPLOADS = { requests: 24, bytes: 268_435_456 };

export function createLayerStore(options: LayerStoreOptions): LayerStore {
  const { blobs, onLayer } = options;
  const known = createKnownLayers(options);
  /** Builds that need the same layer at the same time share one packing. */
  const underWay = new Map<string, SharedLayer>();
  const lookUps = pLimit(LOOKUPS_AT_ONCE);
  const uploads = createUploadSlots(UPLOADS);

  function share({ hash, ...layer }: LayerSource, learning: Promise<void>, signal: AbortSignal): SharedLayer {
    const found = lookUps(async () => {
      await learning;
      const there = signal.aborted ? undefined : await known.find(hash);
      return there && report({ ...there, work: undefined });
    });
    let begun: LayerUnderWay | undefined;
    const begin = (): LayerUnderWay => {
      const begins = packLayer({ ...options, uploads }, layer, signal);
      const stored = begins.stored.then(note);
      // If the packing fails, `take` throws before it waits for this.
      stored.catch(() => undefined);
      return { ...begins, stored };
    };
    const note = (packed: LayerWithWork) => {
      known.add(hash, packed);
      return report(packed);
    };
    return { signal, found, begin: () => (begun ??= begin()) };
  }

  function report(layer: LayerWithWork): LayerWithWork {
    onLayer?.(layer);
    return layer;
  }

  async function ensureStored(
    source: LayerSource,
    image: ImageTurn,
    signal: AbortSignal,
    onPacked: OnPacked,
  ): Promise<LayerWithWork> {
    // What was found before a collection went on may be gone.
    const key = `${source.hash} ${blobs.epoch}`;
    for (let joined = underWay.get(key); joined; joined = underWay.get(key)) {
      try {
        return await take(joined, image.slots, onPacked);
      } catch (error) {
        // Another build started the packing and was stopped. This build must not fail for that.
        if (!joined.signal.aborted || signal.aborted) throw error;
        if (underWay.get(key) === joined) underWay.delete(key);
      }
    }
    const shared = share(source, image.learning, signal);
    underWay.set(key, shared);
    return take(shared, image.slots, onPacked).finally(() => {
      if (underWay.get(key) === shared) underWay.delete(key);
    });
  }

  return {
    prepare: () => known.learn().catch(() => undefined),
    forImage() {
      const image = { slots: pLimit(LAYERS_IN_FLIGHT), learning: known.learn() };
      // The look-ups report the failure. An image without look-ups does not need the list.
      image.learning.catch(() => undefined);
      const hashes = new Set<string>();
      return {
        ensure(source, signal) {
          hashes.add(source.hash);
          const packed = Promise.withResolvers<Layer>();
          const stored = ensureStored(source, image, signal, packed.resolve);
          packed.promise.catch(() => undefined);
          stored.catch(packed.reject);
          return { packed: packed.promise, stored };
        },
        list: () => known.list([...hashes]),
      };
    },
  };
}

type OnPacked = (layer: Layer) => void;

/** What the layers of one image share. */
interface ImageTurn {
  readonly slots: LimitFunction;
  /** Ends when the store's list of layers was read. */
  readonly learning: Promise<void>;
}

/** The first image with a free slot packs the layer, so that no image waits for another image's layers. */
async function take({ found, begin }: SharedLayer, slots: LimitFunction, onPacked: OnPacked): Promise<LayerWithWork> {
  const layer = await found;
  if (layer) {
    onPacked(layer);
    return layer;
  }
  await slots(async () => {
    const { packed, uploading } = begin();
    onPacked(await packed);
    await uploading;
  });
  return begin().stored;
}

/** A layer for which one or several builds wait. */
interface SharedLayer {
  /** The signal of the build that asked first. */
  readonly signal: AbortSignal;
  readonly found: Promise<LayerWithWork | undefined>;
  /** Packs and uploads the layer once, however often it is called. */
  readonly begin: () => LayerUnderWay;
}
