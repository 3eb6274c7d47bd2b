import { distinctManifests, type ImageManifests, type Manifest } from "../../image/description/manifest.ts";
import type { ImageList } from "../../image/lists/image-list.ts";
import { manifestBlobs, parseManifestText } from "../../protocol/manifest.ts";
import { blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import type { NamedObject } from "../sweeps/sweep-guard.ts";

/** What an image consists of, before its manifests are put. */
export function newImage(manifests: ImageManifests): readonly NamedObject[] {
  return [...distinctManifests(manifests).map(({ digest }) => ({ digest })), ...blobsOf(manifests.oci)];
}

/** What an image consists of when all of it is stored. */
export function storedImage(manifests: ImageManifests): readonly NamedObject[] {
  return [...distinctManifests(manifests).map(storedManifest), ...blobsOf(manifests.oci)];
}

/** What a list consists of, before it is put. Its images are stored. */
export function newList(
  { manifests, attestations }: ImageList,
  images: readonly ImageManifests[],
): readonly NamedObject[] {
  const lists = distinctManifests(manifests).map(({ digest }) => ({ digest }));
  const described = attestations
    .flatMap(({ manifest, blobs }) => [manifest, ...blobs])
    .map(({ digest }) => ({ digest }));
  return [...lists, ...described, ...images.flatMap(storedImage)];
}

function storedManifest({ digest }: Manifest): NamedObject {
  return { digest, key: manifestKey(digest) };
}

/** Config and layers. Both manifests of an image have the same. */
function blobsOf({ json }: Manifest): readonly NamedObject[] {
  const manifest = parseManifestText(json);
  return (manifest ? manifestBlobs(manifest) : []).map(({ digest }) => ({ digest, key: blobKey(digest) }));
}
