import { Recent } from "../../protocol/recent.ts";
import type { ObjectStore } from "../stores/object-store.ts";

/** Knows the sizes of objects that are named many times, in bounded memory. */
export interface KnownObjects {
  /** Bytes. Undefined if there is no such object. Throws `StoreError`. */
  sizeOf(key: string): Promise<number | undefined>;
  /** Notes what a listing says. */
  note(key: string, size: number): void;
}

/** About 30 MB of memory. The oldest are forgotten, and looked up again. */
const MAX_KNOWN = 100_000;

export function createKnownObjects(store: Pick<ObjectStore, "head">): KnownObjects {
  const sizes = new Recent<number | Promise<number | undefined>>(MAX_KNOWN, Infinity);

  async function lookUp(key: string): Promise<number | undefined> {
    try {
      return (await store.head(key))?.size;
    } catch (error) {
      sizes.delete(key);
      throw error;
    }
  }

  return {
    async sizeOf(key) {
      const size = sizes.get(key) ?? lookUp(key);
      sizes.set(key, size);
      return size;
    },
    note: (key, size) => sizes.set(key, size),
  };
}
