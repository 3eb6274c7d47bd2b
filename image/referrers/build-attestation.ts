import type { Digest } from "../../protocol/digest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { IN_TOTO_PREDICATE_ANNOTATION } from "./artifact-types.ts";
import { describeContent, jsonContent } from "./json-content.ts";
import { distinctBlobs, ociManifest, type StoredManifest } from "./oci-manifest.ts";
import type { PlatformDescriptor } from "./platform.ts";
import type { Statement } from "./statement.ts";

/** Statements about one platform's image, in the place where `docker buildx imagetools inspect` looks for them. */
export interface BuildAttestation extends StoredManifest {
  /** What the image index says about the statements. */
  readonly entry: PlatformDescriptor;
}

/** No client has this platform, so none pulls the statements as an image. */
const NO_PLATFORM = { architecture: "unknown", os: "unknown" };

/**
 * Writes statements as BuildKit does:
 * https://github.com/moby/buildkit/blob/v0.24.0/docs/attestations/attestation-storage.md
 * `image` is the digest of the platform's manifest.
 */
export async function buildAttestation(image: Digest, statements: readonly Statement[]): Promise<BuildAttestation> {
  const config = await jsonContent(MEDIA_TYPES.oci.config, configJson(statements));
  const manifest = await ociManifest({
    config: describeContent(config),
    layers: statements.map((made) => describeContent(made, { [IN_TOTO_PREDICATE_ANNOTATION]: made.predicateType })),
  });
  const entry = {
    ...describeContent(manifest, {
      "vnd.docker.reference.digest": image,
      "vnd.docker.reference.type": "attestation-manifest",
    }),
    platform: NO_PLATFORM,
  };
  return { manifest, blobs: distinctBlobs([config, ...statements]), entry };
}

/** Tools ignore the config. It lets registries and stores take the manifest for an image. */
function configJson(statements: readonly Statement[]): string {
  return JSON.stringify({
    ...NO_PLATFORM,
    config: {},
    rootfs: { type: "layers", diff_ids: statements.map(({ digest }) => digest) },
  });
}
