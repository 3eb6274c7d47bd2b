import { type Digest, digestHex } from "../../protocol/digest.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import type { Found } from "./fetch-blob.ts";
import type { LostBlob } from "./lost-blob.ts";

/** The binding of the objects that look for lost blobs. */
export interface LostBlobBindings {
  readonly LOST_BLOBS: DurableObjectNamespace<LostBlob>;
}

/** The objects that look for lost blobs. */
export interface LostBlobSettings {
  readonly lostBlobs: DurableObjectNamespace<LostBlob>;
}

/** The objects of the binding. */
export function lostBlobSettings({ LOST_BLOBS }: LostBlobBindings): LostBlobSettings {
  return { lostBlobs: LOST_BLOBS };
}

/**
 * An object that was once called leaves a file of its own behind, at least on one's own machine, and anybody may make
 * digests up: so there are 256 objects, by the first two hexadecimal digits.
 */
const SHARED_DIGITS = 2;

interface Asking {
  readonly waitMs: number;
  readonly trace: TraceContext;
}

/** Has a blob that R2 does not have copied there, once for all who ask. Null when that goes on after `waitMs`. */
export function askForBlob(
  { lostBlobs }: LostBlobSettings,
  digest: Digest,
  { waitMs, trace }: Asking,
): Promise<Found | null> {
  const name = digestHex(digest).slice(0, SHARED_DIGITS);
  return lostBlobs.getByName(name).restore(digest, waitMs, trace);
}
