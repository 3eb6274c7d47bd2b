import { distinctManifests, type ImageManifests } from "../description/manifest.ts";
import type { Digest } from "../../protocol/digest.ts";
import { manifestBlobs, parseManifestText } from "../../protocol/manifest.ts";
import type { ImageList } from "./image-list.ts";

/** The stored objects that an image or a list consists of. */
export interface Parts {
  readonly manifests: readonly Digest[];
  readonly blobs: readonly Digest[];
}

/** The manifests of an image, its config and its layers. Both manifests have the same blobs. */
export function imageParts(manifests: ImageManifests): Parts {
  const manifest = parseManifestText(manifests.oci.json);
  return { manifests: digests(distinctManifests(manifests)), blobs: digests(manifest ? manifestBlobs(manifest) : []) };
}

/** The lists, and the attestations that they name. The parts of the images are left out. */
export function listParts({ manifests, attestations }: ImageList): Parts {
  return {
    manifests: digests([...distinctManifests(manifests), ...attestations.map(({ manifest }) => manifest)]),
    blobs: digests(attestations.flatMap(({ blobs }) => blobs)),
  };
}

function digests(parts: readonly { readonly digest: Digest }[]): readonly Digest[] {
  return parts.map(({ digest }) => digest);
}
