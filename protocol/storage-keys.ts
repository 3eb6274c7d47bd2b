import { type Digest, digestHex } from "./digest.ts";
import { sha256Hex } from "./hex.ts";
import type { ImageRequest } from "./image-request.ts";

/** R2: layers and configs. */
export function blobKey(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

/** R2: manifest bytes; the object's content type is the manifest's media type. */
export function manifestKey(digest: Digest): string {
  return `manifests/sha256/${digestHex(digest)}`;
}

/** R2: the `LayerRecord` of a set of store paths. */
export function layerKey(hash: string): string {
  return `layers/${hash}`;
}

/** R2: the `ManifestDigests` of a closure. */
export function imageKey(closureHash: string): string {
  return `images/${closureHash}`;
}

/** R2: the closure hash that a request's evaluation led to. */
export function requestKey(requestHash: string): string {
  return `requests/${requestHash}`;
}

/** KV: manifest bytes, with `ManifestMetadata`. */
export function manifestCacheKey(digest: Digest): string {
  return `manifest/${digest}`;
}

/**
 * KV: the `TagRecord` of a request. Name and tag lengths keep it under KV's 512 bytes; the source may
 * be a long URL, so that it stands as a hash.
 */
export async function tagKey(request: ImageRequest): Promise<string> {
  const source = (await sha256Hex(request.source)).slice(0, SOURCE_HASH_LENGTH);
  // A colon is in no package's name.
  const asked = request.image === undefined ? request.packages : [`image:${request.image}`];
  return ["tag", source, request.architecture, request.tag, ...asked].join("/");
}

/** 64 bits in hexadecimal: a registry has a handful of sources, never enough to collide. */
const SOURCE_HASH_LENGTH = 16;

/** What KV holds beside a manifest's bytes. */
export interface ManifestMetadata {
  readonly mediaType: string;
}
