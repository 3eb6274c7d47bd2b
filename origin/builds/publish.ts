import type { Manifest } from "../../image/description/manifest.ts";
import type { PullRequest } from "../../protocol/image-request.ts";
import { manifestCacheKey, storedTagKey, tagKey } from "../../protocol/storage-keys.ts";
import { type TagRecord, tagRecordJson } from "../../protocol/tag-record.ts";
import type { KvIndex } from "../stores/kv-index.ts";
import { type ObjectStore, putRecord } from "../stores/object-store.ts";
import { allDone } from "../system/all-done.ts";

export interface PublishContext {
  readonly store: ObjectStore;
  readonly index: KvIndex;
}

/**
 * Publishes an image or a list under its request's tag, in R2 and KV at the same time. R2 must have the manifests. KV may
 * show the tag before it shows them: the Worker then reads them from R2. `manifests` are those that KV may lack.
 */
export async function publish(
  { index, store }: PublishContext,
  request: PullRequest,
  manifests: readonly Manifest[],
  record: TagRecord,
): Promise<void> {
  const pairs = manifests.map(({ digest, json, mediaType }) => ({
    key: manifestCacheKey(digest),
    value: json,
    metadata: { mediaType },
  }));
  const json = tagRecordJson(record);
  await allDone([
    storedTagKey(request).then((key) => putRecord(store, key, json)),
    tagKey(request).then((key) => index.put([...pairs, { key, value: JSON.stringify(json) }])),
  ]);
}
