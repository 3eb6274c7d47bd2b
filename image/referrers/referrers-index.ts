import { type Annotations, type ContentDescriptor, parseContentDescriptors } from "../../protocol/artifact-manifest.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";
import { describeContent, type JsonContent } from "./json-content.ts";
import { limitedContent } from "./oci-manifest.ts";

/** One artifact in the list of a subject's referrers. */
export interface ReferrerEntry extends ContentDescriptor {
  readonly artifactType: string;
}

/** The entry repeats the manifest's type and annotations, so that clients choose without reading the manifest. */
export function referrerEntry(
  manifest: Omit<JsonContent, "json">,
  artifactType: string,
  annotations?: Annotations,
): ReferrerEntry {
  return { ...describeContent(manifest, annotations), artifactType };
}

/**
 * The list of a subject's referrers, also stored under the tag `sha256-<hex>`:
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 * Entries are sorted by type and digest, each digest once. A later entry replaces an earlier one. Throws if the list is
 * larger than clients allow.
 */
export async function referrersIndex(entries: readonly ReferrerEntry[]): Promise<JsonContent> {
  const byDigest = new Map(entries.map((entry) => [entry.digest, entry]));
  const manifests = [...byDigest.values()]
    .map((entry) => referrerEntry(entry, entry.artifactType, entry.annotations))
    .toSorted((a, b) => compareText(a.artifactType, b.artifactType) || compareText(a.digest, b.digest));
  return limitedContent(OCI_INDEX_MEDIA_TYPE, { schemaVersion: 2, mediaType: OCI_INDEX_MEDIA_TYPE, manifests });
}

/** Reads a stored list of referrers. Null if it is malformed or too long. */
export function parseReferrersIndex(text: string): readonly ReferrerEntry[] | null {
  // A text has at least as many bytes as UTF-16 units.
  const value = text.length > MAX_MANIFEST_BYTES ? null : parseJsonObject(text);
  if (value?.["mediaType"] !== OCI_INDEX_MEDIA_TYPE) return null;
  const entries = parseContentDescriptors(value["manifests"]);
  return entries?.every(isReferrer) ? entries : null;
}

function isReferrer(entry: ContentDescriptor): entry is ReferrerEntry {
  return entry.artifactType !== undefined;
}
