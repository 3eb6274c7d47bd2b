import { type Digest, digestOf } from "../../protocol/digest.ts";
import { type ManifestFormat, MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey, imageKey, manifestKey } from "../../protocol/storage-keys.ts";
import { type ManifestDigests, parseManifestDigests } from "../../protocol/tag-record.ts";
import { type ObjectStore, putRecord, putText, readRecord, readText } from "../stores/object-store.ts";
import {
  type BlobDescriptor,
  type ImageManifests,
  imageManifests,
  type Manifest,
  MAX_MANIFEST_BYTES,
} from "./manifest.ts";

/**
 * Writes config, manifests and the closure's record, in this order, so that whatever a reader finds is
 * whole. The layers must be in the store already.
 */
export async function writeImage(
  store: ObjectStore,
  closureHash: string,
  configJson: string,
  layers: readonly BlobDescriptor[],
): Promise<ImageManifests> {
  const bytes = new TextEncoder().encode(configJson);
  const config = { digest: await digestOf(bytes), size: bytes.length };
  await putText(store, blobKey(config.digest), configJson, MEDIA_TYPES.oci.config);
  const manifests = await imageManifests(config, layers);
  for (const { digest, json, mediaType } of [manifests.oci, manifests.docker]) {
    await putText(store, manifestKey(digest), json, mediaType);
  }
  await putRecord(store, imageKey(closureHash), manifestDigests(manifests));
  return manifests;
}

/** The image that a closure was built into before; undefined when there is none or its manifests are gone. */
export async function findImage(store: ObjectStore, closureHash: string): Promise<ImageManifests | undefined> {
  const digests = parseManifestDigests(await readRecord(store, imageKey(closureHash)));
  if (!digests) return undefined;
  const oci = await readManifest(store, "oci", digests.oci);
  const docker = await readManifest(store, "docker", digests.docker);
  return oci && docker && { oci, docker };
}

async function readManifest(store: ObjectStore, format: ManifestFormat, digest: Digest): Promise<Manifest | undefined> {
  const json = await readText(store, manifestKey(digest), MAX_MANIFEST_BYTES);
  return json === undefined ? undefined : { digest, mediaType: MEDIA_TYPES[format].manifest, json };
}

export function manifestDigests({ oci, docker }: ImageManifests): ManifestDigests {
  return { oci: oci.digest, docker: docker.digest };
}
