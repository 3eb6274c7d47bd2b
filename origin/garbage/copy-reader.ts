import pLimit, { type LimitFunction } from "p-limit";
import type { MaintainedIndex, MaintainedStore } from "../stores/maintained-store.ts";
import { StoreError } from "../stores/object-store.ts";
import { readWhole } from "./read-object.ts";

/** An object in R2 that KV may have a copy of. */
export interface CopiedObject {
  readonly key: string;
  /** The key of the copy in KV. */
  readonly copyKey: string;
  /** Whether KV's text is that of the object. KV may have an old one. */
  readonly isCopy: (text: string) => boolean;
}

/** Reads an object's text. Undefined if it is missing. Throws `Unreadable` if it is too large, and `StoreError`. */
export type ReadText = () => Promise<string | undefined>;

/** KV gives at most this many values in one call. */
const BATCH = 100;
/** A batch of KV may have 25 MB. */
const BATCHES_AT_ONCE = 4;
/** Upkeep may make 300 calls of KV at once (`origin/stores/kv-pace.ts`), and removals need some. */
const MAX_KV_CALLS = 200;

/** Reads objects from KV, a hundred in one call, and those that KV lacks from R2. */
export class CopyReader {
  readonly #store: MaintainedStore;
  readonly #index: MaintainedIndex;
  readonly #reads: LimitFunction;
  #callsLeft = MAX_KV_CALLS;

  /** `reads`: bounds how many objects are read from R2 at once. */
  constructor(store: MaintainedStore, index: MaintainedIndex, reads: LimitFunction) {
    this.#store = store;
    this.#index = index;
    this.#reads = reads;
  }

  /** Gives each object, with a way to read it, in any order. */
  async forEach<T extends CopiedObject>(
    objects: readonly T[],
    maxBytes: number,
    take: (object: T, read: ReadText) => Promise<void>,
  ): Promise<void> {
    const batches = Array.from({ length: Math.ceil(objects.length / BATCH) }, (_, index) =>
      objects.slice(index * BATCH, (index + 1) * BATCH),
    );
    await pLimit(BATCHES_AT_ONCE).map(batches, async (batch) => {
      const copies = await this.#readCopies(batch);
      await Promise.all(batch.map((object) => take(object, () => this.#read(object, copies, maxBytes))));
    });
  }

  async #read(
    { key, copyKey, isCopy }: CopiedObject,
    copies: ReadonlyMap<string, string>,
    maxBytes: number,
  ): Promise<string | undefined> {
    const copy = copies.get(copyKey);
    if (copy !== undefined && copy.length <= maxBytes && isCopy(copy)) return copy;
    const bytes = await this.#reads(() => readWhole(this.#store, key, maxBytes));
    return bytes?.toString("utf8");
  }

  async #readCopies(objects: readonly CopiedObject[]): Promise<ReadonlyMap<string, string>> {
    if (this.#callsLeft <= 0) return new Map();
    this.#callsLeft -= 1;
    try {
      return await this.#index.readMany(objects.map(({ copyKey }) => copyKey));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // KV is down, or takes no more calls. R2 has everything.
      this.#callsLeft = 0;
      return new Map();
    }
  }
}
