import type { Annotations, ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { describeContent, type JsonContent, jsonContent } from "./json-content.ts";
import { distinctBlobs, ociManifest, type StoredManifest } from "./oci-manifest.ts";
import { type ReferrerEntry, referrerEntry } from "./referrers-index.ts";

const EMPTY_MEDIA_TYPE = "application/vnd.oci.empty.v1+json";
/** The config of an artifact: https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor */
export const EMPTY_JSON = "{}";

interface ArtifactInput {
  /** The manifest or index that the artifact says something about. */
  readonly subject: ContentDescriptor;
  readonly artifactType: string;
  /** At least one. */
  readonly layers: readonly [JsonContent, ...JsonContent[]];
  readonly annotations?: Annotations;
}

/** An artifact that refers to an image. */
export interface Artifact extends StoredManifest {
  /** What the referrers index of the subject says about the artifact. */
  readonly entry: ReferrerEntry;
}

/** An artifact of OCI 1.1. Throws if its manifest is larger than clients allow. */
export async function artifact({ subject, artifactType, layers, annotations }: ArtifactInput): Promise<Artifact> {
  const config = await jsonContent(EMPTY_MEDIA_TYPE, EMPTY_JSON);
  const manifest = await ociManifest({
    artifactType,
    config: describeContent(config),
    layers: layers.map((layer) => describeContent(layer)),
    // A subject is named by media type, digest and size alone. Its own annotations are not ours to repeat.
    subject: describeContent(subject),
    ...(annotations && { annotations }),
  });
  return {
    manifest,
    blobs: distinctBlobs([config, ...layers]),
    entry: referrerEntry(manifest, artifactType, annotations),
  };
}
