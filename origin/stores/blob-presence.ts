import type { Digest } from "../../protocol/digest.ts";
import { Recent } from "../../protocol/recent.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { ObjectStore } from "./object-store.ts";

/** Knows whether the store has a blob. It asks the store about each blob at most once an hour. */
export interface BlobPresence {
  /** Whether the store has the blob, whole. */
  has(blob: { readonly digest: Digest; readonly size: number }): Promise<boolean>;
  /** Notes that the blob has just been put. */
  note(digest: Digest): void;
  /** Makes the next `has` ask the store again, because a reader did not find the blob there. */
  forget(digest: Digest): void;
}

/** If the store loses a blob, the origin notices it after at most this time. */
const VALID_MS = 3_600_000;
/** About 10 MB of memory. The oldest are forgotten. */
const MAX_NOTED = 50_000;

export function createBlobPresence(store: ObjectStore, now: () => number): BlobPresence {
  const seen = new Recent<true>(MAX_NOTED, VALID_MS, now);

  return {
    async has({ digest, size }) {
      if (seen.get(digest)) return true;
      const blob = await store.head(blobKey(digest));
      if (blob?.size !== size) return false;
      seen.set(digest, true);
      return true;
    },
    note: (digest) => seen.set(digest, true),
    forget: (digest) => seen.delete(digest),
  };
}
