/** The two formats of manifests that each build makes. Config and layers have the same bytes in both. */
export type ManifestFormat = "oci" | "docker";

/** How layers are compressed. */
export type LayerCompression = "gzip" | "zstd";

interface ImageMediaTypes {
  readonly manifest: string;
  readonly config: string;
  /** A compression that is missing here has no media type in this format. */
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

/** A list of manifests. An image's referrers are such a list. */
export const OCI_INDEX_MEDIA_TYPE = "application/vnd.oci.image.index.v1+json";

/** The lists of manifests in both formats. A list names one image for each platform. */
export const LIST_MEDIA_TYPES: Readonly<Record<ManifestFormat, string>> = {
  oci: OCI_INDEX_MEDIA_TYPE,
  docker: "application/vnd.docker.distribution.manifest.list.v2+json",
};

export function isListMediaType(type: unknown): type is string {
  return type === LIST_MEDIA_TYPES.oci || type === LIST_MEDIA_TYPES.docker;
}

export function isManifestMediaType(type: unknown): type is string {
  return type === MEDIA_TYPES.oci.manifest || type === MEDIA_TYPES.docker.manifest;
}
