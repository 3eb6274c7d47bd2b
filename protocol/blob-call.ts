import type { Digest } from "./digest.ts";

/** The origin serves the layers that it has kept below this path. Calls are signed like build calls, without a body. */
export const BLOBS_PATH = "/blobs";

export function blobPath(digest: Digest): string {
  return `${BLOBS_PATH}/${digest}`;
}
