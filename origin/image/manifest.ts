import { type Digest, digestOf } from "../../protocol/digest.ts";
import { type ManifestFormat, MEDIA_TYPES } from "../../protocol/media-types.ts";

export interface BlobDescriptor {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface Manifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly json: string;
}

/** The manifests of one image, for either kind of client. */
export type ImageManifests = Readonly<Record<ManifestFormat, Manifest>>;

/** containers/image and oras refuse larger manifests; bytes. */
export const MAX_MANIFEST_BYTES = 4_194_304;

export async function imageManifests(
  config: BlobDescriptor,
  layers: readonly BlobDescriptor[],
): Promise<ImageManifests> {
  return { oci: await imageManifest("oci", config, layers), docker: await imageManifest("docker", config, layers) };
}

/**
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md, or Docker's schema 2, which
 * differs in nothing but its media types.
 */
async function imageManifest(
  format: ManifestFormat,
  config: BlobDescriptor,
  layers: readonly BlobDescriptor[],
): Promise<Manifest> {
  const types = MEDIA_TYPES[format];
  const json = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: types.layer, digest, size })),
  });
  const bytes = new TextEncoder().encode(json);
  if (bytes.length > MAX_MANIFEST_BYTES) throw new Error(`a manifest of ${bytes.length} bytes is refused by clients`);
  return { digest: await digestOf(bytes), mediaType: types.manifest, json };
}
