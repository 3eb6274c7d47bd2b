import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ObjectStore, PutOptions } from "../../../origin/stores/object-store.ts";

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly options: PutOptions;
}

export interface MemoryStore extends ObjectStore {
  /** By key, in the order of the last writes. */
  readonly objects: ReadonlyMap<string, StoredObject>;
}

/** A store that keeps metadata and content types, as R2 does. */
export function createMemoryStore(): MemoryStore {
  const objects = new Map<string, StoredObject>();
  return {
    objects,
    async head(key) {
      const object = objects.get(key);
      const metadata = object?.options.metadata;
      return object && { size: object.bytes.length, ...(metadata && { metadata }) };
    },
    async open(key) {
      const object = objects.get(key);
      return object && Readable.from([Buffer.from(object.bytes)]);
    },
    async hasAny(prefix) {
      return [...objects.keys()].some((key) => key.startsWith(prefix));
    },
    async put(key, content, options) {
      const bytes = content.kind === "bytes" ? content.bytes : await readFile(content.path);
      options.signal?.throwIfAborted();
      objects.delete(key);
      objects.set(key, { bytes: Uint8Array.from(bytes), options });
    },
  };
}
