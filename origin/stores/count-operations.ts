import type { MaintainedIndex, MaintainedStore } from "./maintained-store.ts";
import type { StoreOperations } from "./store-prices.ts";

/** Counts what Cloudflare charges for. A call that is repeated after an error counts once. */
export interface OperationCounter {
  /** So far. */
  operations(): StoreOperations;
  /** The store, with each of its calls counted. A put counts once: upkeep puts no files that have several parts. */
  countStore(store: MaintainedStore): MaintainedStore;
  /** The index, with each of its calls counted. */
  countIndex(index: MaintainedIndex): MaintainedIndex;
}

/** Starts at zero. */
export function createOperationCounter(): OperationCounter {
  const counts = { kvReads: 0, kvWrites: 0, r2Reads: 0, r2Writes: 0 };
  const add = (name: keyof StoreOperations, count = 1) => void (counts[name] += count);
  return {
    operations: () => ({ ...counts }),
    countStore: (store) => countedStore(store, add),
    countIndex: (index) => ({
      list: (prefix) => countPages(index.list(prefix), () => add("kvWrites")),
      read(key) {
        add("kvReads");
        return index.read(key);
      },
      // Each key counts: https://developers.cloudflare.com/kv/platform/pricing/
      readMany(keys) {
        add("kvReads", keys.length);
        return index.readMany(keys);
      },
      remove(keys) {
        add("kvWrites", keys.length);
        return index.remove(keys);
      },
    }),
  };
}

function countedStore(store: MaintainedStore, add: (name: keyof StoreOperations) => void): MaintainedStore {
  return {
    head(key) {
      add("r2Reads");
      return store.head(key);
    },
    open(key) {
      add("r2Reads");
      return store.open(key);
    },
    readVersion(key, maxBytes) {
      add("r2Reads");
      return store.readVersion(key, maxBytes);
    },
    hasAny(prefix) {
      add("r2Writes");
      return store.hasAny(prefix);
    },
    put(key, content, options) {
      add("r2Writes");
      return store.put(key, content, options);
    },
    replace(key, bytes, etag) {
      add("r2Writes");
      return store.replace(key, bytes, etag);
    },
    list: (prefix, after) => countPages(store.list(prefix, after), () => add("r2Writes")),
    remove: (keys, lease) => store.remove(keys, lease),
  };
}

/** A list without objects is one call, too. */
async function* countPages<T>(pages: AsyncIterable<T>, count: () => void): AsyncGenerator<T> {
  let isFirst = true;
  count();
  for await (const page of pages) {
    if (!isFirst) count();
    isFirst = false;
    yield page;
  }
}
