import type { Collecting } from "./collecting.ts";
import { mark } from "./mark.ts";
import { markImages } from "./mark-facts.ts";
import type { Dated } from "./marking.ts";
import { storeTime } from "./store-time.ts";
import { countGarbage } from "./sweep.ts";
import { type CollectionCounts, Tally } from "./tally.ts";

/**
 * Counts what a collection would remove, and removes nothing. For a moment, the bucket has an empty object that tells the
 * time. Throws `CollectionError`, `StoreError` and the signal's reason.
 */
export async function planCollection(collecting: Omit<Collecting, "clock">): Promise<CollectionCounts> {
  const { store, times, signal, listener } = collecting;
  const tally = new Tally();
  const alive = async () => signal.throwIfAborted();
  const now = await storeTime(store);
  const before = now - times.graceMs;
  const mayRemove = ({ modifiedAt }: Dated) => modifiedAt < before;
  listener.onPhase("mark");
  const marking = await mark({
    ...collecting,
    now,
    mayRemove,
    alive,
    dropTags: async (tags) => tally.add("tag", tags),
    onTagOfKv: async () => {},
  });
  listener.onPhase("sweep");
  await markImages(marking);
  const { marks, reads } = marking;
  await countGarbage({ store, reads, times, marks, now, before, mayRemove, alive, tally });
  return tally.counts;
}
