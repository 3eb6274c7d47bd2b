import type { Architecture } from "./image-name.ts";
import { isArchitecture } from "./image-request.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "./json-object.ts";
import { type Descriptor, MAX_MANIFEST_BYTES, parseDescriptor } from "./manifest.ts";
import { isListMediaType } from "./media-types.ts";

/** An OCI image index or Docker's manifest list. */
export interface ImageList {
  /** At most one for each architecture, at least one. */
  readonly images: readonly ListedImage[];
  /** Manifests with statements about the images. No client runs them. */
  readonly attestations: readonly Descriptor[];
}

/** The manifest of one image in a list. */
export interface ListedImage extends Descriptor {
  readonly architecture: Architecture;
}

/** An image has one attestation. A reader fetches each, so a list must not have any number of them. */
const MAX_ATTESTATIONS = 8;
/** An attestation stands in a list under this operating system, which no machine has. */
const NO_SYSTEM = "unknown";

/**
 * Reads a list of images, in either format. Null if it is too long, or if an entry is neither an image for Linux nor an
 * attestation. So a list of referrers is no list of images. Other members are ignored.
 */
export function parseImageList(text: string): ImageList | null {
  // A text has at least as many bytes as UTF-16 units.
  const value = text.length > MAX_MANIFEST_BYTES ? null : parseJsonObject(text);
  const entries = isListMediaType(value?.["mediaType"]) ? value?.["manifests"] : undefined;
  if (!Array.isArray(entries)) return null;
  const images: ListedImage[] = [];
  const attestations: Descriptor[] = [];
  for (const entry of entries) {
    const descriptor = parseDescriptor(entry);
    const { os, architecture } = platformOf(entry);
    if (!descriptor) return null;
    if (os === "linux" && isArchitecture(architecture)) images.push({ ...descriptor, architecture });
    else if (os === NO_SYSTEM) attestations.push(descriptor);
    else return null;
  }
  const isUnique = new Set(images.map(({ architecture }) => architecture)).size === images.length;
  const isBounded = images.length > 0 && attestations.length <= MAX_ATTESTATIONS;
  return isUnique && isBounded ? { images, attestations } : null;
}

function platformOf(entry: unknown): JsonObject {
  const platform = isJsonObject(entry) ? entry["platform"] : undefined;
  return isJsonObject(platform) ? platform : {};
}
