import type { Digest } from "../../protocol/digest.ts";
import { Recent } from "../../protocol/recent.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { ObjectStore } from "./object-store.ts";

/**
 * Knows whether the store has a blob. It asks the store only if nobody has seen the blob there lately, or if a reader
 * did not find it. The Worker checks each image that was built, and reports the blobs that it does not find.
 */
export interface BlobPresence {
  /** Whether the store has the blob, whole. */
  has(blob: { readonly digest: Digest; readonly size: number }): Promise<boolean>;
  /** Notes that the blob has just been put. */
  note(digest: Digest): void;
  /**
   * Notes that a record says when the blob was in the store. A reader that did not find the blob is believed more. `epoch`:
   * from before the record was read. Of an earlier epoch, nothing is noted.
   */
  vouch(digest: Digest, seenAt: number, epoch: number): void;
  /** Counts the calls of `forgetAll`. */
  readonly epoch: number;
  /** When the blob was last known to be in the store, in milliseconds since the epoch. */
  seenAt(digest: Digest): number | undefined;
  /** Makes the next `has` ask the store again, because a reader did not find the blob there. */
  forget(digest: Digest): void;
  /** Makes `has` ask the store again about every blob, because the store was emptied, replaced or swept. */
  forgetAll(): void;
}

/** If nobody reports that the store has lost a blob, the origin notices it after at most this time: a week. */
export const BLOB_TRUST_MS = 604_800_000;
/** If blobs were seen this much later than a record says, the record is written again: a day. */
export const BLOB_NEWS_MS = 86_400_000;
/** About 10 MB of memory each. The oldest are forgotten. */
const MAX_NOTED = 50_000;

/** `trustMs`: how long a blob that was seen counts as there. */
export function createBlobPresence(store: ObjectStore, now: () => number, trustMs = BLOB_TRUST_MS): BlobPresence {
  let seen = new Recent<number>(MAX_NOTED, Infinity);
  let epoch = 0;
  /** Readers did not find these, and nobody has put them or found them since. */
  const doubted = new Recent<true>(MAX_NOTED, Infinity);

  function note(digest: Digest): void {
    doubted.delete(digest);
    seen.set(digest, now());
  }

  return {
    async has({ digest, size }) {
      const seenAt = seen.get(digest);
      if (seenAt !== undefined && now() < seenAt + trustMs) return true;
      const asked = epoch;
      const blob = await store.head(blobKey(digest));
      if (blob?.size !== size) return false;
      // The answer may be older than what made us forget.
      if (asked === epoch) note(digest);
      return true;
    },
    note,
    vouch(digest, seenAt, asked) {
      if (asked !== epoch) return;
      // The clock of another origin may be wrong.
      const at = Math.min(seenAt, now());
      if (!doubted.get(digest) && at > (seen.get(digest) ?? 0)) seen.set(digest, at);
    },
    seenAt: (digest) => seen.get(digest),
    forget(digest) {
      seen.delete(digest);
      doubted.set(digest, true);
    },
    get epoch() {
      return epoch;
    },
    forgetAll() {
      epoch += 1;
      seen = new Recent<number>(MAX_NOTED, Infinity);
    },
  };
}
