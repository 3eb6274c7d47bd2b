import type { AssembledImage } from "../../image/assembly/assemble-image.ts";
import { distinctManifests, type Manifest } from "../../image/description/manifest.ts";
import type { ImageList } from "../../image/lists/image-list.ts";
import { imageContentsJson } from "../../protocol/image-contents.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey, contentsKey, manifestKey } from "../../protocol/storage-keys.ts";
import { BLOB_MEDIA_TYPE } from "../answers/content.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { putRecord } from "./stored-objects.ts";

/** Writes what is new of an image: blobs and contents first, then the manifests. So no reader finds half an image. */
export async function writeAssembled(config: AssemblySettings, image: AssembledImage): Promise<void> {
  const { r2 } = config;
  const { root, config: imageConfig, contents, manifests } = image;
  await Promise.all([
    r2.put(blobKey(root.digest), root.bytes, { httpMetadata: { contentType: BLOB_MEDIA_TYPE } }),
    r2.put(blobKey(imageConfig.digest), imageConfig.json, { httpMetadata: { contentType: MEDIA_TYPES.oci.config } }),
    putRecord(config, contentsKey(manifests.oci.digest), imageContentsJson(contents)),
  ]);
  await putManifests(config, distinctManifests(manifests));
}

/** Writes a list whose images R2 has: what describes them, then the list. */
export async function writeList(config: AssemblySettings, { manifests, attestations }: ImageList): Promise<void> {
  const { r2 } = config;
  const blobs = new Map(attestations.flatMap((each) => each.blobs.map((blob) => [blob.digest, blob])));
  await Promise.all(
    [...blobs.values()].map(({ digest, json }) =>
      r2.put(blobKey(digest), json, { httpMetadata: { contentType: BLOB_MEDIA_TYPE } }),
    ),
  );
  await putManifests(
    config,
    attestations.map(({ manifest }) => manifest),
  );
  await putManifests(config, distinctManifests(manifests));
}

async function putManifests({ r2 }: AssemblySettings, manifests: readonly Manifest[]): Promise<void> {
  await Promise.all(
    manifests.map(({ digest, json, mediaType }) =>
      r2.put(manifestKey(digest), json, { httpMetadata: { contentType: mediaType } }),
    ),
  );
}
