import type { AssembledImage } from "../../image/assembly/assemble-image.ts";
import { closureKey } from "../../image/keys/closure-key.ts";
import { requestHash } from "../../image/keys/request-key.ts";
import { distinctManifests } from "../../image/description/manifest.ts";
import { imageRecordJson } from "../../protocol/image-record.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import type { RefRecord } from "../../protocol/ref-record.ts";
import { requestRecordJson } from "../../protocol/request-record.ts";
import {
  imageKey,
  manifestCacheKey,
  type ManifestMetadata,
  requestKey,
  storedKeyOfTag,
  tagKey,
} from "../../protocol/storage-keys.ts";
import { parseTagRecord, type TagRecord } from "../../protocol/tag-record.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { putRecord, readStoredRecord } from "./stored-objects.ts";

/** An image that R2 has, and what it was made for. */
export interface PublishedImage {
  readonly request: ImageRequest;
  readonly ref: RefRecord;
  readonly image: AssembledImage;
  readonly tag: TagRecord;
}

/** Bytes. */
const MAX_TAG_BYTES = 4096;
/** Only if there is no such object yet. */
const IF_MISSING: R2Conditional = { etagDoesNotMatch: "*" };

/**
 * Writes the records by which readers and origins find an image: those of its closure and request, and its tag. R2 must
 * have its manifests.
 */
export async function writeRecords(config: AssemblySettings, published: PublishedImage): Promise<void> {
  const { image, request, ref, tag } = published;
  const { closureHash } = image;
  // The edge trusts its bundles, and has not looked for the blobs. The origin looks for those that it does not know.
  const record = imageRecordJson({ manifests: tag.manifests, seenAt: 0 });
  await Promise.all([
    putRecord(config, imageKey(closureHash), record, IF_MISSING),
    putRecord(config, requestKey(await hashOf(request, ref)), requestRecordJson(closureHash), IF_MISSING),
    publishTag(config, published),
  ]);
}

/** The same hash as the origin's. */
async function hashOf(request: ImageRequest, { revision, shape, evaluation }: RefRecord): Promise<string> {
  const { maxStoreLayers, compression, popularity } = shape;
  const { architecture } = request;
  const image = { packages: [], closure: [] };
  const key = { image, architecture, maxStoreLayers, popularity: { hash: popularity }, compression };
  return requestHash({ request, revision, ...evaluation, format: await closureKey(key) });
}

/** Writes a tag to R2 and KV, unless somebody has published it under a later revision meanwhile. */
async function publishTag(config: AssemblySettings, { request, image, tag }: PublishedImage): Promise<void> {
  const { kv } = config;
  const key = await tagKey(request);
  if (!(await putTag(config, storedKeyOfTag(key), tag))) return;
  const manifests = distinctManifests(image.manifests).map(({ digest, json, mediaType }) => {
    const metadata: ManifestMetadata = { mediaType };
    return kv.put(manifestCacheKey(digest), json, { metadata });
  });
  await Promise.all([...manifests, kv.put(key, JSON.stringify(tag))]);
}

/** False if R2 has a record that is as new. */
async function putTag(config: AssemblySettings, key: string, tag: TagRecord): Promise<boolean> {
  const { r2 } = config;
  const head = await r2.head(key);
  if (!head) return (await putRecord(config, key, tag, IF_MISSING)) !== null;
  const stored = parseTagRecord(await readStoredRecord(config, key, MAX_TAG_BYTES));
  if (stored && Date.parse(stored.resolvedAt) >= Date.parse(tag.resolvedAt)) return false;
  return (await putRecord(config, key, tag, { etagMatches: head.etag })) !== null;
}
