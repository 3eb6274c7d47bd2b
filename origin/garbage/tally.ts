import type { SweptKind } from "./garbage-of.ts";

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

/** What was removed, or would be removed. */
export interface CollectionCounts {
  /** Kinds without garbage are missing. */
  readonly removed: Readonly<Partial<Record<TalliedKind, Amount>>>;
  /** The keys of the tags in R2, without the beginning `tags/`. */
  readonly tags: readonly string[];
}

export type TalliedKind = SweptKind | "tag";

/** More tags are counted, and not named. About 20 MB of memory. */
const MAX_NAMED_TAGS = 100_000;
const TAGS = "tags/";

/** Counts garbage. */
export class Tally {
  readonly #removed = new Map<TalliedKind, Amount>();
  readonly #tags: string[] = [];

  get counts(): CollectionCounts {
    return { removed: Object.fromEntries(this.#removed), tags: this.#tags };
  }

  add(kind: TalliedKind, objects: readonly { readonly key: string; readonly size: number }[]): void {
    if (objects.length === 0) return;
    const before = this.#removed.get(kind) ?? { objects: 0, bytes: 0 };
    const bytes = objects.reduce((sum, { size }) => sum + size, before.bytes);
    this.#removed.set(kind, { objects: before.objects + objects.length, bytes });
    if (kind === "tag")
      for (const { key } of objects.slice(0, MAX_NAMED_TAGS - this.#tags.length))
        this.#tags.push(key.slice(TAGS.length));
  }
}
