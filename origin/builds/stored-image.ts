import { type Digest, digestOf } from "../../protocol/digest.ts";
import { type ImageContents, imageContentsJson } from "../../protocol/image-contents.ts";
import { type Descriptor, manifestBlobs, MAX_MANIFEST_BYTES, parseManifestText } from "../../protocol/manifest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey, contentsKey, imageKey, manifestKey } from "../../protocol/storage-keys.ts";
import type { ManifestDigests } from "../../protocol/tag-record.ts";
import pLimit from "p-limit";
import { allDone } from "../system/all-done.ts";
import { debug } from "../system/debug.ts";
import { BLOB_NEWS_MS, type BlobPresence } from "../stores/blob-presence.ts";
import { type ObjectStore, putRecord, putText, readRecord, readText } from "../stores/object-store.ts";
import type { DescribedImage } from "../../image/description/describe-image.ts";
import {
  distinctManifests,
  type ImageManifests,
  imageManifests,
  type Manifest,
} from "../../image/description/manifest.ts";
import { imageRecordJson, type ImageRecord, parseImageRecord } from "../../protocol/image-record.ts";

export interface ImageStores {
  readonly store: ObjectStore;
  readonly blobs: BlobPresence;
}

/** What else happens while an image is written. */
export interface ImageWriting {
  readonly onDescribed?: DescribedListener | undefined;
  /** Called when all but the manifests is written. If it throws, the manifests are not written. */
  readonly admit?: ((manifests: ImageManifests) => Promise<void>) | undefined;
}

/** Gets the manifests of an image when all digests are known. Nothing but its layers may be written then. */
export type DescribedListener = (manifests: ImageManifests, contents: ImageContents) => void;

const LOOKUPS_AT_ONCE = 16;

/**
 * Writes an image. Config and contents may be there before the layers, because only the manifests lead to them. The
 * manifests come last: a reader that finds a manifest also finds everything that it names.
 */
export async function writeImage(
  stores: ImageStores,
  image: Promise<DescribedImage>,
  layersStored: Promise<unknown>,
  { onDescribed, admit }: ImageWriting = {},
): Promise<ImageManifests> {
  // If a layer fails, the image fails too. The layer's error is the cause, so it comes first.
  const [, manifests] = await allDone([
    layersStored,
    image.then((known) => writeDescription(stores, known, onDescribed)),
  ]);
  const { store } = stores;
  await admit?.(manifests);
  await allDone(
    distinctManifests(manifests).map(({ digest, json, mediaType }) =>
      putText(store, manifestKey(digest), json, mediaType),
    ),
  );
  return manifests;
}

/** Writes config and contents. Returns the manifests, which are not written yet. */
async function writeDescription(
  { store, blobs }: ImageStores,
  image: DescribedImage,
  onDescribed?: DescribedListener,
): Promise<ImageManifests> {
  const bytes = new TextEncoder().encode(image.config);
  const config = { digest: await digestOf(bytes), size: bytes.length };
  const manifests = await imageManifests(config, image);
  onDescribed?.(manifests, image.contents);
  await allDone([
    putText(store, blobKey(config.digest), image.config, MEDIA_TYPES.oci.config),
    putRecord(store, contentsKey(manifests.oci.digest), imageContentsJson(image.contents)),
  ]);
  blobs.note(config.digest);
  return manifests;
}

/** Writes the record of a closure's image. The image must be written before. */
export async function writeImageRecord(
  { store, blobs }: ImageStores,
  closureHash: string,
  manifests: ImageManifests,
): Promise<void> {
  const seenAt = blobsSeenAt(blobs, manifests);
  const record = { manifests: manifestDigests(manifests), seenAt };
  await putRecord(store, imageKey(closureHash), imageRecordJson(record));
}

/** An image that was built before. */
export interface KnownImage {
  readonly manifests: ImageManifests;
  /** Whether its blobs were seen much later than the record says. */
  readonly hasNews: boolean;
}

/** Finds the image of a closure that was built before. Undefined if there is none, or if a part of it is gone. */
export async function findImage(stores: ImageStores, closureHash: string): Promise<KnownImage | undefined> {
  const { epoch } = stores.blobs;
  const record = parseImageRecord(await readRecord(stores.store, imageKey(closureHash)));
  const manifests = record && (await readWholeImage(stores, record, epoch));
  if (manifests) debug(() => `closure ${closureHash}: its image is known`);
  else debug(() => `closure ${closureHash}: ${record ? "a part of its image is gone" : "no image is known"}`);
  return manifests && { manifests, hasNews: blobsSeenAt(stores.blobs, manifests) >= record.seenAt + BLOB_NEWS_MS };
}

async function readWholeImage(
  { store, blobs }: ImageStores,
  { manifests, seenAt }: ImageRecord,
  epoch: number,
): Promise<ImageManifests | undefined> {
  const [oci, docker] = await Promise.all([readManifest(store, manifests.oci), readManifest(store, manifests.docker)]);
  return oci && docker && (await hasBlobs(blobs, oci, { seenAt, epoch })) ? { oci, docker } : undefined;
}

interface Vouched {
  readonly seenAt: number;
  readonly epoch: number;
}

/** Checks config and layers. Both manifests of an image have the same. */
async function hasBlobs(blobs: BlobPresence, manifest: Manifest, { seenAt, epoch }: Vouched): Promise<boolean> {
  const lookUps = pLimit(LOOKUPS_AT_ONCE);
  const found = blobsOf(manifest).map((blob) => {
    blobs.vouch(blob.digest, seenAt, epoch);
    return lookUps(() => blobs.has(blob));
  });
  return (await Promise.all(found)).every(Boolean);
}

/** When all blobs of an image were last known to be in the store. */
function blobsSeenAt(blobs: BlobPresence, { oci }: ImageManifests): number {
  return Math.min(...blobsOf(oci).map(({ digest }) => blobs.seenAt(digest) ?? 0));
}

function blobsOf({ json }: Manifest): readonly Descriptor[] {
  const manifest = parseManifestText(json);
  return manifest ? manifestBlobs(manifest) : [];
}

/**
 * A manifest that is not whole counts as missing, so that the image is built again. A manifest without a media type is
 * not ours.
 */
async function readManifest(store: ObjectStore, digest: Digest): Promise<Manifest | undefined> {
  const json = await readText(store, manifestKey(digest), MAX_MANIFEST_BYTES);
  const mediaType = parseManifestText(json ?? "")?.mediaType;
  return json !== undefined && mediaType !== undefined ? { digest, mediaType, json } : undefined;
}

export function manifestDigests({ oci, docker }: ImageManifests): ManifestDigests {
  return { oci: oci.digest, docker: docker.digest };
}
