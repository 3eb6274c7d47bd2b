import type { KvIndex, KvPair } from "../../../origin/stores/kv-index.ts";
import type { EntryList, MaintainedIndex } from "../../../origin/stores/maintained-store.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";

/** Called before each change. It may throw. */
export type ChangeListener = (change: string) => void;

/** Objects in memory. */
export function createMaintainedMemory(onChange: ChangeListener = () => {}): MemoryStore {
  const store = createMemoryStore();
  return {
    ...store,
    async put(key, content, options) {
      onChange(`put ${key}`);
      await store.put(key, content, options);
    },
    async remove(keys) {
      onChange(`remove ${keys.join()}`);
      await store.remove(keys);
    },
    async replace(key, bytes, etag) {
      onChange(`replace ${key}`);
      return store.replace(key, bytes, etag);
    },
  };
}

export interface MemoryIndex extends MaintainedIndex, EntryList, KvIndex {
  readonly entries: Map<string, KvPair>;
}

/** Workers KV in memory. */
export function createMemoryIndex(onChange: ChangeListener = () => {}): MemoryIndex {
  const entries = new Map<string, KvPair>();
  return {
    entries,
    async put(pairs) {
      onChange(`put KV ${pairs.map(({ key }) => key).join()}`);
      for (const pair of pairs) entries.set(pair.key, pair);
    },
    async *list(prefix) {
      yield [...entries.keys()].filter((key) => key.startsWith(prefix));
    },
    async *listEntries(prefix) {
      const found = [...entries.values()].filter(({ key }) => key.startsWith(prefix));
      yield found.map(({ key, metadata = {} }) => ({ key, metadata })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    },
    read: async (key) => entries.get(key)?.value,
    readMany: async (keys) => new Map(keys.flatMap((key) => pairOf(key, entries.get(key)?.value))),
    async remove(keys) {
      onChange(`remove KV ${keys.join()}`);
      for (const key of keys) entries.delete(key);
    },
  };
}

function pairOf(key: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[key, value]];
}
