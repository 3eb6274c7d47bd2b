/** What keeps a store below a size. */
export interface BoundedStore {
  /** The bytes of all paths. */
  bytes(): Promise<number>;
  /** Removes paths that nobody needs, until about `bytes` are free. */
  collect(bytes: number): Promise<void>;
  /** Gives up the paths that were used the longest time ago. False if there was nothing to give up. */
  forgetOldest(): Promise<boolean>;
}

export interface StoreCollection {
  /** Bytes of the store afterwards. */
  readonly bytes: number;
  readonly freed: number;
}

/** A collection goes below the limit by a tenth. So the next build does not need another one. */
const GOAL = 0.9;

/**
 * Collects garbage if a store has more than `maxBytes`: first what nobody needs, then what was used the longest time ago.
 * Ends with a larger store if the rest is in use.
 */
export async function boundStore(store: BoundedStore, maxBytes: number): Promise<StoreCollection> {
  const before = await store.bytes();
  let bytes = before;
  if (before <= maxBytes) return { bytes, freed: 0 };
  const goal = Math.floor(GOAL * maxBytes);
  while (bytes > goal) {
    await store.collect(bytes - goal);
    const left = await store.bytes();
    // Nix counts the blocks of a disk, and may stop too early. So it runs again as long as this helps.
    const isAtEnd = left >= bytes;
    bytes = left;
    if (isAtEnd && !(await store.forgetOldest())) break;
  }
  return { bytes, freed: Math.max(0, before - bytes) };
}
