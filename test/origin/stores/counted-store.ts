import type { ObjectStore } from "../../../origin/stores/object-store.ts";

interface CountedStore {
  readonly store: ObjectStore;
  readonly counts: { reads: number; writes: number };
}

/** A store, with the number of its reads and writes. R2 charges a list as a write. */
export function countStore(counted: ObjectStore): CountedStore {
  const counts = { reads: 0, writes: 0 };
  const store: ObjectStore = {
    head(key) {
      counts.reads += 1;
      return counted.head(key);
    },
    open(key) {
      counts.reads += 1;
      return counted.open(key);
    },
    hasAny(prefix) {
      counts.writes += 1;
      return counted.hasAny(prefix);
    },
    put(key, content, options) {
      counts.writes += 1;
      return counted.put(key, content, options);
    },
  };
  return { store, counts };
}
