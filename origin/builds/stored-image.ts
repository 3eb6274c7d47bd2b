import { type Digest, digestOf } from "../../protocol/digest.ts";
import type { ImageContents } from "../../protocol/image-contents.ts";
import { manifestBlobs, MAX_MANIFEST_BYTES, parseManifestText } from "../../protocol/manifest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey, contentsKey, imageKey, manifestKey } from "../../protocol/storage-keys.ts";
import { type ManifestDigests, parseManifestDigests } from "../../protocol/tag-record.ts";
import pLimit from "p-limit";
import { debug } from "../system/debug.ts";
import type { BlobPresence } from "../stores/blob-presence.ts";
import { type ObjectStore, putRecord, putText, readRecord, readText } from "../stores/object-store.ts";
import {
  distinctManifests,
  type ImageLayers,
  type ImageManifests,
  imageManifests,
  type Manifest,
} from "../../image/description/manifest.ts";

export interface ImageStores {
  readonly store: ObjectStore;
  readonly blobs: BlobPresence;
}

const LOOKUPS_AT_ONCE = 16;

/** A new image without its config. */
export interface NewImage extends ImageLayers {
  readonly contents: ImageContents;
}

/**
 * Writes config, contents, manifests and the closure's record, in this order. So a reader that finds a part also finds
 * everything that this part names. The layers must be in the store already.
 */
export async function writeImage(
  store: ObjectStore,
  closureHash: string,
  configJson: string,
  image: NewImage,
): Promise<ImageManifests> {
  const bytes = new TextEncoder().encode(configJson);
  const config = { digest: await digestOf(bytes), size: bytes.length };
  await putText(store, blobKey(config.digest), configJson, MEDIA_TYPES.oci.config);
  const manifests = await imageManifests(config, image);
  await putRecord(store, contentsKey(manifests.oci.digest), image.contents);
  for (const { digest, json, mediaType } of distinctManifests(manifests)) {
    await putText(store, manifestKey(digest), json, mediaType);
  }
  await putRecord(store, imageKey(closureHash), manifestDigests(manifests));
  return manifests;
}

/** Finds the image of a closure that was built before. Undefined if there is none, or if a part of it is gone. */
export async function findImage(
  { store, blobs }: ImageStores,
  closureHash: string,
): Promise<ImageManifests | undefined> {
  const digests = parseManifestDigests(await readRecord(store, imageKey(closureHash)));
  const image = digests ? await readWholeImage({ store, blobs }, digests) : undefined;
  if (image) debug(() => `closure ${closureHash}: its image is known`);
  else debug(() => `closure ${closureHash}: ${digests ? "a part of its image is gone" : "no image is known"}`);
  return image;
}

async function readWholeImage(
  { store, blobs }: ImageStores,
  digests: ManifestDigests,
): Promise<ImageManifests | undefined> {
  const oci = await readManifest(store, digests.oci);
  const docker = await readManifest(store, digests.docker);
  return oci && docker && (await hasBlobs(blobs, oci)) ? { oci, docker } : undefined;
}

/** Checks config and layers. Both manifests of an image have the same. */
async function hasBlobs(blobs: BlobPresence, { json }: Manifest): Promise<boolean> {
  const manifest = parseManifestText(json);
  if (!manifest) return false;
  const lookUps = pLimit(LOOKUPS_AT_ONCE);
  const found = manifestBlobs(manifest).map((blob) => lookUps(() => blobs.has(blob)));
  return (await Promise.all(found)).every(Boolean);
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
