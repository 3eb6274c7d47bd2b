import type { Digest } from "./digest.ts";

/** Below it, the origin gives out layers that it has kept: signed as a build call is, without a body. */
export const BLOBS_PATH = "/blobs";

export function blobPath(digest: Digest): string {
  return `${BLOBS_PATH}/${digest}`;
}
