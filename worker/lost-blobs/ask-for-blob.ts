import { type Digest, digestHex } from "../../protocol/digest.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import type { SearchOutcome } from "./fetch-blob.ts";
import type { LostBlob } from "./lost-blob.ts";

/** The binding of the objects that look for lost blobs. */
export interface LostBlobBindings {
  readonly LOST_BLOBS: DurableObjectNamespace<LostBlob>;
}

/** The objects that look for lost blobs. */
export interface LostBlobSettings {
  readonly lostBlobs: DurableObjectNamespace<LostBlob>;
}

/** Takes the objects from the bindings. */
export function lostBlobSettings({ LOST_BLOBS }: LostBlobBindings): LostBlobSettings {
  return { lostBlobs: LOST_BLOBS };
}

/**
 * Anybody can make digests up, and each object that was called leaves a file behind, at least on a local machine. So
 * the first two hexadecimal digits of the digest choose one of 256 objects.
 */
const SHARED_DIGITS = 2;

interface Asking {
  readonly waitMs: number;
  readonly trace: TraceContext;
}

/** Has a missing blob copied into R2, once for all requests. Null if the search is still running after `waitMs`. */
export function askForBlob(
  { lostBlobs }: LostBlobSettings,
  digest: Digest,
  { waitMs, trace }: Asking,
): Promise<SearchOutcome | null> {
  const name = digestHex(digest).slice(0, SHARED_DIGITS);
  return lostBlobs.getByName(name).restore(digest, waitMs, trace);
}
