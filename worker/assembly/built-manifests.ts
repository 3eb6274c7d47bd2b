import type { ImageManifests, Manifest as MadeManifest } from "../../image/description/manifest.ts";
import type { BuiltManifests, Manifest } from "../stores/manifests.ts";

/** The manifests of an image, in the form in which stores give them. */
export function builtManifests({ oci, docker }: ImageManifests): BuiltManifests {
  return { oci: built(oci), docker: built(docker) };
}

function built({ digest, mediaType, json }: MadeManifest): Manifest {
  const bytes = new Uint8Array(new TextEncoder().encode(json)).buffer;
  return { digest, mediaType, size: bytes.byteLength, bytes };
}
