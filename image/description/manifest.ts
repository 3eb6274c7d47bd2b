import { type Digest, sha256Digest } from "../../protocol/digest.ts";
import { sha256Hex } from "../../protocol/hex.ts";
import { type Descriptor, MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { type LayerCompression, type ManifestFormat, MEDIA_TYPES } from "../../protocol/media-types.ts";

export interface Manifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly json: string;
}

/** The manifests of one image: one for OCI clients, one for Docker clients. */
export type ImageManifests = Readonly<Record<ManifestFormat, Manifest>>;

export interface ImageLayers {
  readonly layers: readonly Descriptor[];
  readonly compression: LayerCompression;
}

export async function imageManifests(config: Descriptor, image: ImageLayers): Promise<ImageManifests> {
  const oci = await imageManifest("oci", config, image);
  // Docker's format has no media type for zstd. Clients that know zstd also know OCI.
  const docker = MEDIA_TYPES.docker.layer[image.compression] ? await imageManifest("docker", config, image) : oci;
  return { oci, docker };
}

/**
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md, or Docker's schema 2. The two differ only in
 * their media types.
 */
async function imageManifest(
  format: ManifestFormat,
  config: Descriptor,
  { layers, compression }: ImageLayers,
): Promise<Manifest> {
  const types = MEDIA_TYPES[format];
  const json = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: types.layer[compression], digest, size })),
  });
  const size = new TextEncoder().encode(json).length;
  if (size > MAX_MANIFEST_BYTES) throw new Error(`clients refuse a manifest of ${size} bytes`);
  return { digest: sha256Digest(await sha256Hex(json)), mediaType: types.manifest, json };
}

/** The manifests to store. With zstd, both formats have the same manifest. */
export function distinctManifests({ oci, docker }: ImageManifests): readonly Manifest[] {
  return docker.digest === oci.digest ? [oci] : [oci, docker];
}
