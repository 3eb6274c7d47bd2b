import type { LimitFunction } from "p-limit";
import type { Digest } from "../../protocol/digest.ts";
import type { MaintainedIndex, MaintainedStore } from "../stores/maintained-store.ts";
import { CollectionError } from "./collection-error.ts";
import type { CollectionTimes } from "./collection-times.ts";
import type { DigestSet } from "./digest-set.ts";
import type { Marks } from "./marks.ts";
import type { CopyReader } from "./copy-reader.ts";
import { Unreadable } from "./read-object.ts";

/** What a walk over the store needs, to mark what is kept. */
export interface Marking {
  readonly store: MaintainedStore;
  readonly index: MaintainedIndex;
  readonly times: CollectionTimes;
  /** The store's time when the walk began. Milliseconds since the epoch. */
  readonly now: number;
  /** The store's time before which everything has been looked at by an earlier walk. 0: there was none. */
  readonly since: number;
  readonly marks: Marks;
  /** Bounds how many objects are read from R2 at once. */
  readonly reads: LimitFunction;
  readonly copies: CopyReader;
  /** The manifests that have contents, and those that have a record of attachments. */
  readonly subjects: { readonly contents: DigestSet; readonly attached: DigestSet };
  readonly problems: Problems;
  /** Gets a tag that only KV has: its key in R2, and its record. */
  readonly onTagOfKv: (storedKey: string, record: string) => Promise<void>;
  /** Shows that the collection still runs. Throws if it must stop. */
  readonly alive: Alive;
}

/** Is called now and then, about once for each page of a list. */
export type Alive = () => Promise<void>;

/** A manifest or a blob, and when it was last put. */
export interface Dated {
  readonly digest: Digest;
  /** By the store's clock, in milliseconds since the epoch. */
  readonly modifiedAt: number;
}

const MAX_SHOWN = 10;

/** Objects that nobody can read. */
export class Problems {
  #count = 0;
  readonly #shown: string[] = [];

  /** Goes on after an object that cannot be read. Throws any other error. */
  note = (error: unknown): undefined => {
    if (!(error instanceof Unreadable)) throw error;
    this.#count += 1;
    if (this.#shown.length < MAX_SHOWN) this.#shown.push(error.message);
  };

  throwIfAny(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#shown.length;
    const lines = [...this.#shown, ...(more > 0 ? [`and ${more} more`] : [])];
    const advice = "nobody knows what they need, so nothing is removed; run: bin/cornice fsck --repair";
    throw new CollectionError([...lines, advice].join("\n"));
  }
}
