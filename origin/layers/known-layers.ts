import { Recent } from "../../protocol/recent.ts";
import { layerKey } from "../../protocol/storage-keys.ts";
import { debug } from "../system/debug.ts";
import type { BlobPresence } from "../stores/blob-presence.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";
import { type Layer, parseLayer } from "../../image/layers/layer.ts";

/** The layers that were ever packed: in memory first, then in the store, where all origins see them. */
export interface KnownLayers {
  /** Undefined for a layer without a record, or whose blob is not there. */
  find(hash: string): Promise<Layer | undefined>;
  /** Only after the layer's blob is in the store: a record must not name what is not there. */
  add(hash: string, layer: Layer): Promise<void>;
}

/** About 20 MB of memory; the oldest are forgotten. */
const MAX_REMEMBERED = 50_000;

export function createKnownLayers(store: ObjectStore, blobs: BlobPresence): KnownLayers {
  // A layer's bytes never change; whether they are still there is asked elsewhere.
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
      debug(() => `layer ${hash}: known by ${near ? "memory" : "the store"} as ${layer.digest}`);
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
