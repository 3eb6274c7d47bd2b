import pLimit, { type LimitFunction } from "p-limit";
import { blobKey } from "../../protocol/storage-keys.ts";
import { isDiskFull } from "../system/error-code.ts";
import type { LayerContent } from "../packing/layer-content.ts";
import type { Packer } from "../packing/packer.ts";
import { debug } from "../system/debug.ts";
import { withSpoolFile } from "../system/spool.ts";
import type { BlobPresence } from "../stores/blob-presence.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { KeptLayers } from "./kept-layers.ts";
import { createKnownLayers } from "./known-layers.ts";
import type { LayerRecord } from "../../image/layers/layer-record.ts";

/** A layer to be: what identifies it, and what it is packed from when it must be. */
export interface LayerSource {
  /** Two sources with the same hash have the same bytes. */
  readonly hash: string;
  readonly content: LayerContent;
}

export interface StoredLayer extends LayerRecord {
  /** What it took; undefined for a layer that was known. */
  readonly work: LayerWork | undefined;
}

/** In milliseconds. */
export interface LayerWork {
  readonly packMs: number;
  readonly uploadMs: number;
}

interface LayerStoreOptions {
  readonly store: ObjectStore;
  readonly blobs: BlobPresence;
  readonly packer: Packer;
  /** Layers of which parts may be used again; without it, all is compressed. */
  readonly kept?: KeptLayers | undefined;
  readonly spoolDirectory: string;
  /** Told of each layer that was found or packed; of one that several builds share meanwhile, once. */
  readonly onLayer?: ((layer: StoredLayer) => void) | undefined;
}

export interface LayerStore {
  /** For the layers of one image, which wait for each other and for no other image's. */
  forImage(): ImageLayerStore;
}

export interface ImageLayerStore {
  /** Makes sure that the store has the layer: as it is there already, or packed and uploaded now. */
  ensure(source: LayerSource, signal: AbortSignal): Promise<StoredLayer>;
}

/** Over all builds: enough to hide the store's latency. */
const LOOKUPS_AT_ONCE = 32;
/**
 * Of one image: layers packed, or waiting in the spool for their turn to be uploaded. Eight large ones must not hold up
 * other images; the number of builds at a time bounds the total.
 */
const LAYERS_IN_FLIGHT = 8;

/** A layer's media type is the manifest's to tell. */
const BLOB_CONTENT_TYPE = "application/octet-stream";

export function createLayerStore(options: LayerStoreOptions): LayerStore {
  const { store, blobs, packer, kept, spoolDirectory, onLayer } = options;
  const known = createKnownLayers(store, blobs);
  /** Builds that need the same layer at the same time share one packing. */
  const underWay = new Map<string, SharedLayer>();
  const lookUps = pLimit(LOOKUPS_AT_ONCE);

  function share({ hash, content }: LayerSource, signal: AbortSignal): SharedLayer {
    const found = lookUps(async () => {
      const layer = signal.aborted ? undefined : await known.find(hash);
      return layer && told({ ...layer, work: undefined });
    });
    let packed: Promise<StoredLayer> | undefined;
    const pack = async () => {
      const layer = await packWithFragments(content, signal);
      await known.add(hash, layer);
      return told(layer);
    };
    return { signal, found, pack: () => (packed ??= pack()) };
  }

  function told(layer: StoredLayer): StoredLayer {
    onLayer?.(layer);
    return layer;
  }

  async function packWithFragments(content: LayerContent, signal: AbortSignal): Promise<StoredLayer> {
    if (!kept) return packAndPut(content, signal);
    try {
      return await packAndPut(withFragments(content, kept), signal);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      // What is kept must not be what fills the disk.
      await kept.clear();
      return packAndPut(content, signal);
    }
  }

  /** The digest, which is the blob's name, is known only after the last byte: a file holds the layer until then. */
  async function packAndPut(content: LayerContent, signal: AbortSignal): Promise<StoredLayer> {
    signal.throwIfAborted();
    return withSpoolFile(spoolDirectory, async (path) => {
      const started = performance.now();
      const { fragments, ...record } = await packer.pack(content, path, signal);
      const packed = performance.now();
      const blob = { kind: "file", path, size: record.size } as const;
      await store.put(blobKey(record.digest), blob, { contentType: BLOB_CONTENT_TYPE, signal });
      await kept?.keep(path, { ...record, fragments });
      const work = { packMs: packed - started, uploadMs: performance.now() - packed };
      debug(() => `layer ${record.digest}: packed in ${ms(work.packMs)}, uploaded in ${ms(work.uploadMs)}`);
      return { ...record, work };
    });
  }

  async function ensure(source: LayerSource, signal: AbortSignal, slots: LimitFunction): Promise<StoredLayer> {
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

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}

/** It is packed when the first of the images that need it has a slot for it: none waits behind another's layers. */
async function take({ found, pack }: SharedLayer, slots: LimitFunction): Promise<StoredLayer> {
  return (await found) ?? slots(pack);
}

function withFragments(content: LayerContent, kept: KeptLayers): LayerContent {
  if (content.kind === "entries") return content;
  const paths = content.paths.map((path) => (path.isApart ? { ...path, fragment: kept.find(path.path) } : path));
  debug(() => {
    const apart = paths.filter(({ isApart }) => isApart);
    const found = apart.filter((path) => "fragment" in path && path.fragment !== undefined);
    return `a layer of ${paths.length} store paths: ${found.length} of ${apart.length} large ones are kept compressed`;
  });
  return { ...content, paths };
}

/** A layer that one build or several wait for. */
interface SharedLayer {
  /** Of the build that asked for it first. */
  readonly signal: AbortSignal;
  readonly found: Promise<StoredLayer | undefined>;
  /** Packs it once, whoever calls. */
  readonly pack: () => Promise<StoredLayer>;
}
