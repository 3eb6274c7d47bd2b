import { createWriteStream } from "node:fs";
import { join } from "node:path";
import type { LimitFunction } from "p-limit";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey, layerKey } from "../../protocol/storage-keys.ts";
import { withSpoolFolder } from "../spool.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";
import { type LayerRecord, parseLayerRecord } from "./layer-record.ts";
import { packLayer } from "./pack-layer.ts";
import type { TarEntry } from "./tar-entry.ts";

/** A layer to be: what identifies it, and how its entries are listed when it must be packed. */
export interface LayerSource {
  /** Two sources with the same hash have the same bytes. */
  readonly hash: string;
  entries(): AsyncIterable<TarEntry> | Iterable<TarEntry>;
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
  readonly spoolDirectory: string;
  /** Bounds how many layers are packed at a time, over all builds. */
  readonly limit: LimitFunction;
}

export interface LayerStore {
  /** Makes sure that the store has the layer: as it is there already, or packed and uploaded now. */
  ensure(source: LayerSource, signal: AbortSignal): Promise<StoredLayer>;
}

export function createLayerStore({ store, spoolDirectory, limit }: LayerStoreOptions): LayerStore {
  /** Builds that need the same layer at the same time share one packing. */
  const underWay = new Map<string, Packing>();

  async function findOrPack(source: LayerSource, signal: AbortSignal): Promise<StoredLayer> {
    const known = await findKnown(store, source.hash);
    if (known) return { ...known, work: undefined };
    const layer = await packAndPut(source, signal);
    const { digest, diffId, size } = layer;
    await putRecord(store, layerKey(source.hash), { digest, diffId, size } satisfies LayerRecord);
    return layer;
  }

  /** The digest, which is the blob's name, is known only after the last byte: a file holds the layer until then. */
  function packAndPut(source: LayerSource, signal: AbortSignal): Promise<StoredLayer> {
    return withSpoolFolder(spoolDirectory, async (folder) => {
      const path = join(folder, "layer.tar.gz");
      const started = performance.now();
      const record = await packLayer(source.entries(), createWriteStream(path), signal);
      const packed = performance.now();
      const content = { kind: "file", path, size: record.size } as const;
      await store.put(blobKey(record.digest), content, { contentType: MEDIA_TYPES.oci.layer, signal });
      return { ...record, work: { packMs: packed - started, uploadMs: performance.now() - packed } };
    });
  }

  return {
    async ensure(source, signal) {
      for (let joined = underWay.get(source.hash); joined; joined = underWay.get(source.hash)) {
        try {
          return await joined.layer;
        } catch (error) {
          // That another build was stopped is no reason to fail here.
          if (!joined.signal.aborted || signal.aborted) throw error;
        }
      }
      const layer = limit(() => findOrPack(source, signal)).finally(() => underWay.delete(source.hash));
      underWay.set(source.hash, { layer, signal });
      return layer;
    },
  };
}

interface Packing {
  readonly layer: Promise<StoredLayer>;
  /** Of the build that began it. */
  readonly signal: AbortSignal;
}

/** A record counts only while the blob that it names is there, whole. */
async function findKnown(store: ObjectStore, hash: string): Promise<LayerRecord | undefined> {
  const record = parseLayerRecord(await readRecord(store, layerKey(hash)));
  if (!record) return undefined;
  const blob = await store.head(blobKey(record.digest));
  return blob?.size === record.size ? record : undefined;
}
