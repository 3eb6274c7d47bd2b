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

/** A list of manifests; the referrers of an image are one. */
export const OCI_INDEX_MEDIA_TYPE = "application/vnd.oci.image.index.v1+json";

export function isManifestMediaType(type: unknown): type is string {
  return type === MEDIA_TYPES.oci.manifest || type === MEDIA_TYPES.docker.manifest;
}

/** Docker's manifests and lists of them but for schema 1, of which nothing can be made. */
const DOCKER_MANIFEST = /^application\/vnd\.docker\.distribution\.manifest\.(?:list\.)?v2\+json$/;

/**
 * Picks the manifest family for an `Accept` header: OCI unless the client names only Docker's types.
 * One that accepts only lists of manifests gets the image's manifest all the same, as other registries do:
 * there is no list, and clients know both. Clients list types over several header lines and in any order
 * (join them with commas); an absent header or a wildcard takes OCI.
 */
export function negotiateFormat(accept: string | undefined): ManifestFormat {
  const types = (accept ?? "").split(",").map((part) => part.split(";", 1)[0]?.trim().toLowerCase());
  const namesDocker = types.some((type) => type !== undefined && DOCKER_MANIFEST.test(type));
  const namesOci = types.some((type) => type?.startsWith("application/vnd.oci."));
  return namesDocker && !namesOci ? "docker" : "oci";
}
