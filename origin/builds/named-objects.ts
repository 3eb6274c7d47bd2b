import type { ImageManifests } from "../../image/description/manifest.ts";
import type { ImageList } from "../../image/lists/image-list.ts";
import { imageParts, listParts } from "../../image/lists/parts.ts";
import type { Digest } from "../../protocol/digest.ts";
import { blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import type { NamedObject } from "../sweeps/sweep-guard.ts";

/** What an image consists of, before its manifests are put. */
export function newImage(image: ImageManifests): readonly NamedObject[] {
  const { manifests, blobs } = imageParts(image);
  return [...manifests.map(unstored), ...blobs.map(storedBlob)];
}

/** What an image consists of when all of it is stored. */
export function storedImage(image: ImageManifests): readonly NamedObject[] {
  const { manifests, blobs } = imageParts(image);
  return [...manifests.map(storedManifest), ...blobs.map(storedBlob)];
}

/** What a list consists of, before it is put. Its images are stored. */
export function newList(list: ImageList, images: readonly ImageManifests[]): readonly NamedObject[] {
  const { manifests, blobs } = listParts(list);
  return [...[...manifests, ...blobs].map(unstored), ...images.flatMap(storedImage)];
}

function unstored(digest: Digest): NamedObject {
  return { digest };
}

function storedManifest(digest: Digest): NamedObject {
  return { digest, key: manifestKey(digest) };
}

function storedBlob(digest: Digest): NamedObject {
  return { digest, key: blobKey(digest) };
}
