import { distinctManifests, type ImageManifests } from "../../image/description/manifest.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { manifestCacheKey, storedTagKey, tagKey } from "../../protocol/storage-keys.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import type { KvIndex } from "../stores/kv-index.ts";
import { type ObjectStore, putRecord } from "../stores/object-store.ts";

export interface PublishContext {
  readonly store: ObjectStore;
  readonly index: KvIndex;
}

/**
 * Publishes an image under its request's tag. The manifests are written before the tag, so that a reader of the tag
 * finds them. R2 is written before KV, which shows a value only some time after it was written.
 */
export async function publish(
  { index, store }: PublishContext,
  request: ImageRequest,
  manifests: ImageManifests,
  record: TagRecord,
): Promise<void> {
  await index.put(
    distinctManifests(manifests).map(({ digest, json, mediaType }) => ({
      key: manifestCacheKey(digest),
      value: json,
      metadata: { mediaType },
    })),
  );
  await putRecord(store, await storedTagKey(request), record);
  await index.put([{ key: await tagKey(request), value: JSON.stringify(record) }]);
}
