import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject, parseJsonObject } from "./json-object.ts";
import { isManifestMediaType } from "./media-types.ts";

/** Names a blob by its digest: https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
export interface Descriptor {
  readonly digest: Digest;
  /** Bytes as stored. A layer is compressed. */
  readonly size: number;
}

/** An image manifest, in either format. */
export interface Manifest {
  /** Undefined if the manifest has none, as OCI allows. */
  readonly mediaType: string | undefined;
  readonly config: Descriptor;
  /** Bottom to top. */
  readonly layers: readonly Descriptor[];
}

/** Bytes. containers/image and oras refuse larger manifests. */
export const MAX_MANIFEST_BYTES = 4_194_304;

/** Docker refuses an image with more layers: "max depth exceeded". */
export const MAX_IMAGE_LAYERS = 125;

/** Reads a manifest's JSON value. Null if any part is malformed, because one bad layer makes the image unusable. */
export function parseManifest(value: unknown): Manifest | null {
  if (!isJsonObject(value)) return null;
  const { mediaType } = value;
  if (mediaType !== undefined && !isManifestMediaType(mediaType)) return null;
  const config = parseDescriptor(value["config"]);
  const layers = parseDescriptors(value["layers"]);
  return config && layers && { mediaType, config, layers };
}

/** Reads a manifest's text. Null also if the text is too long for a manifest. */
export function parseManifestText(text: string): Manifest | null {
  // A text has at least as many bytes as UTF-16 units.
  return text.length > MAX_MANIFEST_BYTES ? null : parseManifest(parseJsonObject(text));
}

/** The blobs that an image consists of: config and layers. A layer may come twice. */
export function manifestBlobs({ config, layers }: Manifest): readonly Descriptor[] {
  return [config, ...layers];
}

/** The bytes that a client fetches if it has none of the blobs, without the manifest itself. */
export function compressedSize(manifest: Manifest): number {
  return manifestBlobs(manifest).reduce((sum, { size }) => sum + size, 0);
}

/** Null for a value that does not name a blob. Other members of a descriptor are ignored. */
export function parseDescriptor(value: unknown): Descriptor | null {
  if (!isJsonObject(value)) return null;
  const { digest, size } = value;
  return typeof digest === "string" && isDigest(digest) && isSize(size) ? { digest, size } : null;
}

function parseDescriptors(value: unknown): readonly Descriptor[] | null {
  if (!Array.isArray(value)) return null;
  const descriptors = value.map((item: unknown) => parseDescriptor(item));
  return descriptors.every((descriptor) => descriptor !== null) ? descriptors : null;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
