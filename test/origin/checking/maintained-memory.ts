import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { KvIndex, KvPair } from "../../../origin/stores/kv-index.ts";
import type { ListedObject, MaintainedIndex, MaintainedStore } from "../../../origin/stores/maintained-store.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";

/** Called before each operation of a store. It may throw. */
export type OperationListener = (operation: string) => void;

const PAGE = 3;

/** Objects in memory that somebody can list and remove. */
export function createMaintainedMemory(onOperation: OperationListener = () => {}): MaintainedStore & MemoryStore {
  const store = createMemoryStore();
  const objects = new Map(store.objects);
  const etagOf = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");
  return {
    objects,
    async head(key) {
      onOperation(`head ${key}`);
      const object = objects.get(key);
      return object && { size: object.bytes.length };
    },
    async open(key) {
      onOperation(`open ${key}`);
      const object = objects.get(key);
      return object && Readable.from([Buffer.from(object.bytes)]);
    },
    hasAny: async (prefix) => [...objects.keys()].some((key) => key.startsWith(prefix)),
    async put(key, content, options) {
      onOperation(`put ${key}`);
      await store.put(key, content, options);
      const object = store.objects.get(key);
      if (object) objects.set(key, object);
    },
    async *list(prefix, after = "") {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
      for (let start = 0; start < keys.length; start += PAGE) {
        onOperation(`list ${prefix}`);
        yield keys.slice(start, start + PAGE).flatMap((key): ListedObject[] => {
          const size = objects.get(key)?.bytes.length;
          return size === undefined ? [] : [{ key, size, modifiedAt: 0 }];
        });
      }
    },
    async remove(keys) {
      onOperation(`remove ${keys.join()}`);
      for (const key of keys) objects.delete(key);
    },
    async readVersion(key, maxBytes) {
      onOperation(`read ${key}`);
      const object = objects.get(key);
      if (!object || object.bytes.length > maxBytes) return undefined;
      const { contentType } = object.options;
      return { bytes: Buffer.from(object.bytes), contentType, etag: etagOf(object.bytes), modifiedAt: 0 };
    },
    async replace(key, bytes, etag) {
      onOperation(`replace ${key}`);
      const object = objects.get(key);
      if ((object && etagOf(object.bytes)) !== etag) return false;
      objects.set(key, { bytes, options: { contentType: "application/json" } });
      return true;
    },
  };
}

export interface MemoryIndex extends MaintainedIndex, KvIndex {
  readonly entries: Map<string, KvPair>;
}

/** Workers KV in memory. */
export function createMemoryIndex(onOperation: OperationListener = () => {}): MemoryIndex {
  const entries = new Map<string, KvPair>();
  return {
    entries,
    async put(pairs) {
      onOperation(`put KV ${pairs.map(({ key }) => key).join()}`);
      for (const pair of pairs) entries.set(pair.key, pair);
    },
    async *list(prefix) {
      onOperation(`list KV ${prefix}`);
      yield [...entries.keys()].filter((key) => key.startsWith(prefix));
    },
    async read(key) {
      onOperation(`read KV ${key}`);
      return entries.get(key)?.value;
    },
    async remove(keys) {
      onOperation(`remove KV ${keys.join()}`);
      for (const key of keys) entries.delete(key);
    },
  };
}
