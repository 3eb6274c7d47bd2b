import type { AssembledImage } from "../../image/assembly/assemble-image.ts";
import { formatKey } from "../../image/keys/closure-key.ts";
import { requestHash } from "../../image/keys/request-key.ts";
import { distinctManifests, type ImageManifests } from "../../image/description/manifest.ts";
import { imageRecordJson } from "../../protocol/image-record.ts";
import type { ImageRequest, PullRequest } from "../../protocol/image-request.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
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
import { parseTagRecord, type TagRecord, tagRecordJson } from "../../protocol/tag-record.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { putRecord } from "./stored-objects.ts";

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
    publishTag(config, { request, manifests: image.manifests, tag }),
  ]);
}

/** The same hash as the origin's. */
async function hashOf(request: ImageRequest, { revision, shape, evaluation }: RefRecord): Promise<string> {
  const { maxStoreLayers, compression, popularity } = shape;
  const { architecture } = request;
  const format = await formatKey({ architecture, maxStoreLayers, popularity: { hash: popularity }, compression });
  return requestHash({ request, revision, ...evaluation, format });
}

/** What a tag names. R2 has it. */
export interface PublishedTag {
  readonly request: PullRequest;
  readonly manifests: ImageManifests;
  readonly tag: TagRecord;
}

/** Writes a tag to R2 and KV, unless somebody has published it after a look-up that is as late. */
export async function publishTag(config: AssemblySettings, published: PublishedTag): Promise<void> {
  const { request, tag } = published;
  const { kv } = config;
  const key = await tagKey(request);
  const written = await putTag(config, storedKeyOfTag(key), tag);
  if (!written) return;
  const manifests = distinctManifests(published.manifests).map(({ digest, json, mediaType }) => {
    const metadata: ManifestMetadata = { mediaType };
    return kv.put(manifestCacheKey(digest), json, { metadata });
  });
  await Promise.all([...manifests, kv.put(key, JSON.stringify(tagRecordJson(tag)))]);
  await followR2(config, key, written.etag);
}

/** Null if R2 has a record that is as late, or gets one meanwhile. */
async function putTag(config: AssemblySettings, key: string, tag: TagRecord): Promise<R2Object | null> {
  const json = tagRecordJson(tag);
  const first = await putRecord(config, key, json, IF_MISSING);
  if (first) return first;
  const stored = await readTag(config, key);
  const isLate = stored?.record && Date.parse(stored.record.resolvedAt) >= Date.parse(tag.resolvedAt);
  return !stored || isLate ? null : putRecord(config, key, json, { etagMatches: stored.etag });
}

/**
 * An origin may write the record of a later look-up to both stores between our two writes. KV writes without conditions,
 * so KV gets the record of R2 again.
 */
async function followR2(config: AssemblySettings, key: string, etag: string): Promise<void> {
  const storedKey = storedKeyOfTag(key);
  if ((await config.r2.head(storedKey))?.etag === etag) return;
  const record = (await readTag(config, storedKey))?.record;
  if (record) await config.kv.put(key, JSON.stringify(tagRecordJson(record)));
}

interface StoredTag {
  readonly etag: string;
  /** Undefined if it is damaged. */
  readonly record: TagRecord | undefined;
}

async function readTag({ r2 }: AssemblySettings, key: string): Promise<StoredTag | undefined> {
  const object = await r2.get(key);
  if (!object) return undefined;
  const { etag, size } = object;
  if (size <= MAX_TAG_BYTES) return { etag, record: parseTagRecord(parseJsonObject(await object.text())) ?? undefined };
  await object.body.cancel();
  return { etag, record: undefined };
}
