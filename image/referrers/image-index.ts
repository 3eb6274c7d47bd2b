import type { Annotations } from "../../protocol/artifact-manifest.ts";
import { compareText } from "../../protocol/compare-text.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { LIST_MEDIA_TYPES, OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";
import type { BuildAttestation } from "./build-attestation.ts";
import { describeContent, type JsonContent } from "./json-content.ts";
import { limitedContent } from "./oci-manifest.ts";
import { type PlatformDescriptor, PLATFORMS } from "./platform.ts";
import { sortedAnnotations } from "./sorted-annotations.ts";

/** One platform's image, in the format of the list. */
export interface PlatformImage {
  readonly architecture: Architecture;
  readonly manifest: Omit<JsonContent, "json">;
}

interface ImageIndexInput {
  /** At most one for each architecture. */
  readonly images: readonly PlatformImage[];
  /** In any order. */
  readonly attestations?: readonly Pick<BuildAttestation, "entry">[];
  readonly annotations?: Annotations;
}

/**
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md. The images come first, because some clients
 * take the first manifest. Neither the order of the input nor a clock changes the bytes.
 */
export async function imageIndex({ images, attestations = [], annotations }: ImageIndexInput): Promise<JsonContent> {
  const others = attestations.map(({ entry }) => entry).toSorted((a, b) => compareText(a.digest, b.digest));
  return limitedContent(OCI_INDEX_MEDIA_TYPE, {
    schemaVersion: 2,
    mediaType: OCI_INDEX_MEDIA_TYPE,
    manifests: [...platformDescriptors(images), ...others],
    annotations: annotations && sortedAnnotations(annotations),
  });
}

/** Docker's list for clients that take no OCI index. It has no place for annotations and attestations. */
export async function dockerManifestList(images: readonly PlatformImage[]): Promise<JsonContent> {
  return limitedContent(LIST_MEDIA_TYPES.docker, {
    schemaVersion: 2,
    mediaType: LIST_MEDIA_TYPES.docker,
    manifests: platformDescriptors(images),
  });
}

function platformDescriptors(images: readonly PlatformImage[]): readonly PlatformDescriptor[] {
  const architectures = new Set(images.map(({ architecture }) => architecture));
  if (architectures.size === 0) throw new Error("an index needs an image");
  if (architectures.size < images.length) throw new Error("an index has one image for each architecture");
  return images
    .toSorted((a, b) => compareText(a.architecture, b.architecture))
    .map(({ manifest, architecture }) => ({ ...describeContent(manifest), platform: PLATFORMS[architecture] }));
}
