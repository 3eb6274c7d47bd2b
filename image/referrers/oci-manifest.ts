import type { Annotations, ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { type JsonContent, jsonContent } from "./json-content.ts";
import { sortedAnnotations } from "./sorted-annotations.ts";

/** A manifest, and the blobs that it names. */
export interface StoredManifest {
  readonly manifest: JsonContent;
  /** Each blob once. They must be stored before the manifest. */
  readonly blobs: readonly JsonContent[];
}

interface OciManifest {
  readonly artifactType?: string;
  readonly config: ContentDescriptor;
  readonly layers: readonly ContentDescriptor[];
  readonly subject?: ContentDescriptor;
  readonly annotations?: Annotations;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md. Throws if clients would refuse its size. */
export async function ociManifest({ artifactType, annotations, ...parts }: OciManifest): Promise<JsonContent> {
  const mediaType = MEDIA_TYPES.oci.manifest;
  return limitedContent(mediaType, {
    schemaVersion: 2,
    mediaType,
    artifactType,
    config: parts.config,
    layers: parts.layers,
    subject: parts.subject,
    annotations: annotations && sortedAnnotations(annotations),
  });
}

/** A manifest or an index as JSON. Throws if clients would refuse its size. */
export async function limitedContent(mediaType: string, value: object): Promise<JsonContent> {
  const content = await jsonContent(mediaType, JSON.stringify(value));
  if (content.size > MAX_MANIFEST_BYTES) throw new Error(`clients refuse a manifest of ${content.size} bytes`);
  return content;
}

/** Drops the blobs that come a second time. */
export function distinctBlobs(blobs: readonly JsonContent[]): readonly JsonContent[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
