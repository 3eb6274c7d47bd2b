import { Recent } from "../../protocol/recent.ts";
import { layerKey } from "../../protocol/storage-keys.ts";
import { debug } from "../system/debug.ts";
import type { BlobPresence } from "../stores/blob-presence.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";
import { type Layer, parseLayer } from "../../image/layers/layer.ts";

/** Finds layers that were packed before: in memory first, then in the store, which all origins share. */
export interface KnownLayers {
  /** Undefined if the layer has no record, or if the store does not have its blob. */
  find(hash: string): Promise<Layer | undefined>;
  /** Writes a layer's record. The blob must be in the store before: a record must not name a missing blob. */
  add(hash: string, layer: Layer): Promise<void>;
}

/** About 20 MB of memory. The oldest are forgotten. */
const MAX_REMEMBERED = 50_000;

export function createKnownLayers(store: ObjectStore, blobs: BlobPresence): KnownLayers {
  // A record never expires, because a layer's bytes never change. `blobs` knows whether the blob is still there.
  const remembered = new Recent<Layer>(MAX_REMEMBERED, Infinity);

  return {
    async find(hash) {
      const near = remembered.get(hash);
      const layer = near ?? parseLayer(await readRecord(store, layerKey(hash)));
      if (!layer || !(await blobs.has(layer))) {
        debug(() => `layer ${hash}: ${layer ? `its blob ${layer.digest} is gone` : "not known"}`);
        remembered.delete(hash);
        return undefined;
      }
      debug(() => `layer ${hash}: known from ${near ? "memory" : "the store"} as ${layer.digest}`);
      remembered.set(hash, layer);
      return layer;
    },
    async add(hash, { digest, diffId, size }) {
      await putRecord(store, layerKey(hash), { digest, diffId, size } satisfies Layer);
      blobs.note(digest);
      remembered.set(hash, { digest, diffId, size });
    },
  };
}
