import { type DigestFilter, digestFilterOf } from "../../protocol/digest-filter.ts";
import type { Digest } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import {
  condemnedAmong,
  condemnedKey,
  MAX_CONDEMNED_BYTES,
  MAX_SWEEP_STATE_BYTES,
  NEVER_SWEPT,
  parseSweepState,
  SWEEP_STATE_KEY,
  type SweepState,
} from "../../protocol/sweep-state.ts";
import type { MaintainedStore } from "../stores/maintained-store.ts";
import { SweepOutage } from "./sweep-errors.ts";

/** What a guard needs of the bucket. */
export type SweepStore = Pick<MaintainedStore, "head" | "put" | "readVersion" | "replace">;

/** The state of a collection as it was read, and what it is about to remove. */
export interface SeenSweep {
  readonly state: SweepState;
  /** Of the state. Undefined if there was never a collection. */
  readonly etag: string | undefined;
  /** Undefined in phase `idle`. */
  readonly condemned: DigestFilter | undefined;
}

/** The collection may end between the two reads. */
const ATTEMPTS = 3;

const UNKNOWN_STATE =
  "a newer version of Cornice collects garbage in the registry's storage; its operator must update this build service";
const LOST_FILTER =
  "the state of the garbage collection in the registry's storage is damaged; its operator must collect again";

/** Reads states. The condemned objects of a run never change, so it remembers those of the last run. */
export class SweepReader {
  readonly #store: SweepStore;
  #filter: { readonly run: string; readonly condemned: DigestFilter } | undefined;

  constructor(store: SweepStore) {
    this.#store = store;
  }

  /** Throws `SweepOutage` if nobody can tell what may be named. */
  async read(): Promise<SeenSweep> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const stored = await this.#store.readVersion(SWEEP_STATE_KEY, MAX_SWEEP_STATE_BYTES);
      const state = stored ? parseSweepState(parseJsonObject(stored.bytes.toString())) : NEVER_SWEPT;
      if (!state) throw new SweepOutage(UNKNOWN_STATE);
      const condemned = state.phase === "idle" ? undefined : await this.#read(state.run);
      if (state.phase === "idle" || condemned) return { state, etag: stored?.etag, condemned };
    }
    throw new SweepOutage(LOST_FILTER);
  }

  async #read(run: string): Promise<DigestFilter | undefined> {
    if (this.#filter?.run === run) return this.#filter.condemned;
    const stored = await this.#store.readVersion(condemnedKey(run), MAX_CONDEMNED_BYTES);
    if (!stored) return undefined;
    const condemned = digestFilterOf(Uint8Array.from(stored.bytes));
    this.#filter = { run, condemned };
    return condemned;
  }
}

/** What must not be named now. */
export function condemnedIn({ state, condemned }: SeenSweep, digests: Iterable<Digest>): readonly Digest[] {
  return condemnedAmong(state, condemned, digests);
}
