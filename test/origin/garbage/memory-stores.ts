import type { MaintainedIndex, MaintainedStore } from "../../../origin/stores/maintained-store.ts";
import { StoreError } from "../../../origin/stores/object-store.ts";

/** Short, so that tests see several pages. */
const PAGE = 3;

export function withShortPages<S extends MaintainedStore>(store: S): S {
  async function* list(prefix: string, after?: string) {
    for await (const page of store.list(prefix, after))
      for (let start = 0; start < page.length; start += PAGE) yield page.slice(start, start + PAGE);
  }
  return { ...store, list };
}

export interface MemoryIndex extends MaintainedIndex {
  readonly pairs: Map<string, string>;
}

/** KV in memory. */
export function createMemoryIndex(): MemoryIndex {
  const pairs = new Map<string, string>();
  return {
    pairs,
    async *list(prefix) {
      const keys = [...pairs.keys()].filter((key) => key.startsWith(prefix));
      for (let start = 0; start < keys.length; start += PAGE) yield keys.slice(start, start + PAGE);
    },
    read: async (key) => pairs.get(key),
    readMany: async (keys) => new Map([...pairs].filter(([key]) => keys.includes(key))),
    async remove(keys) {
      for (const key of keys) pairs.delete(key);
    },
  };
}

/** Counts the calls to both stores. */
export interface Faults {
  calls: number;
  /** From this call on, no call succeeds. */
  failAt: number;
  /** Whether the first call that fails has its effect before. */
  afterEffect: boolean;
}

/** Stores that fail from some call on, as if the program had been killed. */
export function withFaults(stores: { store: MaintainedStore; index: MaintainedIndex }, faults: Faults) {
  async function call<T>(work: () => Promise<T>): Promise<T> {
    faults.calls += 1;
    if (faults.calls < faults.failAt) return work();
    if (faults.calls === faults.failAt && faults.afterEffect) await work();
    throw new StoreError("the store does not answer");
  }
  async function* pages<T>(list: AsyncIterable<T>): AsyncIterable<T> {
    await call(async () => undefined);
    yield* list;
  }
  const { store, index } = stores;
  const faultyStore: MaintainedStore = {
    head: (key) => call(() => store.head(key)),
    open: (key) => call(() => store.open(key)),
    hasAny: (prefix) => call(() => store.hasAny(prefix)),
    put: (key, content, options) => call(() => store.put(key, content, options)),
    list: (prefix, after) => pages(store.list(prefix, after)),
    remove: (keys) => call(() => store.remove(keys)),
    readVersion: (key, maxBytes) => call(() => store.readVersion(key, maxBytes)),
    replace: (key, bytes, etag) => call(() => store.replace(key, bytes, etag)),
  };
  const faultyIndex: MaintainedIndex = {
    list: (prefix) => pages(index.list(prefix)),
    read: (key) => call(() => index.read(key)),
    readMany: (keys) => call(() => index.readMany(keys)),
    remove: (keys) => call(() => index.remove(keys)),
  };
  return { store: faultyStore, index: faultyIndex };
}
