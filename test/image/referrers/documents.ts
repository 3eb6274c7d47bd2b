import type { ContentDescriptor } from "../../../protocol/artifact-manifest.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { type ReferrerEntry, referrerEntry } from "../../../image/referrers/referrers-index.ts";

/** A digest whose digits all are the same. */
export function digestOfDigit(digit: string) {
  return sha256Digest(digit.repeat(64));
}

/** The manifest of an image that need not exist. */
export function manifestOf(digit: string): ContentDescriptor {
  return { mediaType: MEDIA_TYPES.oci.manifest, digest: digestOfDigit(digit), size: 1000 };
}

/** An artifact that need not exist. */
export function entryOf(artifactType: string, digit: string, annotations?: Record<string, string>): ReferrerEntry {
  return referrerEntry(manifestOf(digit), artifactType, annotations);
}
