/** The two families of manifests that one build yields; their config and layer bytes are the same. */
export type ManifestFormat = "oci" | "docker";

/** How layers are compressed. */
export type LayerCompression = "gzip" | "zstd";

interface ImageMediaTypes {
  readonly manifest: string;
  readonly config: string;
  /** A compression that is left out has no name in this family. */
  readonly layer: Readonly<Partial<Record<LayerCompression, string>>>;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md and Docker's image manifest v2, schema 2. */
export const MEDIA_TYPES: Readonly<Record<ManifestFormat, ImageMediaTypes>> = {
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: {
      gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
      zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
    },
  },
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: { gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip" },
  },
};

export function isManifestMediaType(type: unknown): type is string {
  return type === MEDIA_TYPES.oci.manifest || type === MEDIA_TYPES.docker.manifest;
}

/**
 * Picks the manifest family for an `Accept` header: OCI unless the client names only Docker's.
 * Clients list types over several header lines and in any order (join them with commas);
 * an absent header or a wildcard takes OCI.
 */
export function negotiateFormat(accept: string | undefined): ManifestFormat {
  const types = (accept ?? "").split(",").map((part) => part.split(";", 1)[0]?.trim().toLowerCase());
  const namesDocker = types.includes(MEDIA_TYPES.docker.manifest);
  const namesOci = types.some((type) => type?.startsWith("application/vnd.oci."));
  return namesDocker && !namesOci ? "docker" : "oci";
}
