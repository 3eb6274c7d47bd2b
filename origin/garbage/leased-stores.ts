import type { MaintainedIndex, MaintainedStore } from "../stores/maintained-store.ts";
import type { CollectionLock } from "./collection-lock.ts";

/** After so many leases that ended too early, something else is wrong. */
const ATTEMPTS = 3;

/** A store from which objects are removed only while this collection has the lock. `remove` throws `LostLock`, too. */
export function leasedStore(store: MaintainedStore, lock: CollectionLock): MaintainedStore {
  return { ...store, remove: (keys) => removeLeased(store, lock, keys) };
}

/**
 * As `leasedStore`, without an end of what is under way. KV has only copies: what is missing there is read from R2, or built
 * again.
 */
export function leasedIndex(index: MaintainedIndex, lock: CollectionLock): MaintainedIndex {
  return {
    ...index,
    async remove(keys) {
      await lock.keep();
      await index.remove(keys);
    },
  };
}

/** If the machine was asleep meanwhile and nobody has taken the lock, it goes on with a new lease. */
async function removeLeased(store: MaintainedStore, lock: CollectionLock, keys: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await lock.keep();
    const lease = lock.lease();
    try {
      return await store.remove(keys, lease);
    } catch (error) {
      if (attempt === ATTEMPTS || !(lease.signal.aborted || lease.isOver())) throw error;
    }
  }
}
