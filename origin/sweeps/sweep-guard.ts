import { setTimeout } from "node:timers/promises";
import pLimit from "p-limit";
import type { Digest } from "../../protocol/digest.ts";
import { SWEEP_LOCK_MS } from "../../protocol/sweep-state.ts";
import { endDeadSweep, pardon } from "./change-sweep.ts";
import { condemnedIn, type SeenSweep, SweepReader, type SweepStore } from "./seen-sweep.ts";
import { SweepOutage, SweptAway } from "./sweep-errors.ts";
import { type StartTimer, systemTimer } from "./timer.ts";

/** Keeps a garbage collection from removing what others are about to name. A process has one guard for a bucket. */
export interface SweepGuard {
  /** Begins a work that will name objects. Throws `SweepOutage` and `StoreError`. */
  begin(): Promise<SweepWatch>;
  /** The generation of the state. Throws `SweepOutage` and `StoreError`. */
  generation(): Promise<number>;
  /** Whether the last state that was read forbids to name the object. */
  isCondemned(digest: Digest): boolean;
  /** `forget` is called when what was seen in the bucket may be gone. */
  whenSwept(forget: () => void): void;
}

/** A work that began at some state of the collections. */
export interface SweepWatch {
  /** Whether no collection is under way, and none went on since the work began. Throws `SweepOutage` and `StoreError`. */
  isQuiet(): Promise<boolean>;
  /**
   * Makes sure that these objects are there, and that no collection removes them. Call it right before names of them are
   * written. It may wait for a collection. Throws `SweptAway`, `SweepOutage`, `StoreError`, and the signal's reason.
   */
  admit(named: readonly NamedObject[], signal: AbortSignal): Promise<void>;
}

/** An object that is about to get a name. */
export interface NamedObject {
  readonly digest: Digest;
  /** Where the bucket must have it. Undefined if the caller puts it there after it was admitted. */
  readonly key?: string;
}

/** A state that was read so lately counts as now. Milliseconds. */
const FRESH_MS = 10_000;
/** The longest time that a work waits while objects are removed: until a dead collector counts as dead. Milliseconds. */
const WAIT_MS = SWEEP_LOCK_MS + 30_000;
const POLL_MS = 2000;
const LOOKUPS_AT_ONCE = 16;

const UNDER_WAY = "the registry is removing old images now; pull again in a minute";

interface GuardOptions {
  readonly store: SweepStore;
  readonly startTimer?: StartTimer;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function createSweepGuard({ store, startTimer = systemTimer, pause = wait }: GuardOptions): SweepGuard {
  const states = new States(store, startTimer);
  return {
    async begin() {
      const { state } = await states.read();
      return new Watch({ store, states, startTimer, pause }, state.generation);
    },
    generation: async () => (await states.read()).state.generation,
    isCondemned: (digest) => states.last !== undefined && condemnedIn(states.last, [digest]).length > 0,
    whenSwept: (forget) => states.whenSwept(forget),
  };
}

/** For a store from which nobody removes anything. */
export const NO_SWEEPS: SweepGuard = {
  begin: async () => ({ isQuiet: async () => true, admit: async () => {} }),
  generation: async () => 0,
  isCondemned: () => false,
  whenSwept: () => {},
};

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal });
}

/** The state as it was read last. */
class States {
  readonly #reader: SweepReader;
  readonly #startTimer: StartTimer;
  readonly #forgetters: (() => void)[] = [];
  #reading: { readonly seen: Promise<SeenSweep>; readonly ageMs: () => number } | undefined;
  last: SeenSweep | undefined;

  constructor(store: SweepStore, startTimer: StartTimer) {
    this.#reader = new SweepReader(store);
    this.#startTimer = startTimer;
  }

  whenSwept(forget: () => void): void {
    this.#forgetters.push(forget);
  }

  /** Works that begin together share a read. */
  async read(): Promise<SeenSweep> {
    if (this.#reading && this.#reading.ageMs() <= FRESH_MS) return this.#reading.seen;
    const ageMs = this.#startTimer();
    const seen = this.#reader.read().then((read) => this.#note(read));
    const reading = { seen, ageMs };
    this.#reading = reading;
    seen.catch(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    return seen;
  }

  readAgain(): Promise<SeenSweep> {
    this.#reading = undefined;
    return this.read();
  }

  #note(seen: SeenSweep): SeenSweep {
    const before = this.last?.state.generation;
    this.last = seen;
    if (before !== undefined && before !== seen.state.generation) for (const forget of this.#forgetters) forget();
    return seen;
  }
}

interface WatchParts extends Required<GuardOptions> {
  readonly states: States;
}

class Watch implements SweepWatch {
  readonly #parts: WatchParts;
  #generation: number;

  constructor(parts: WatchParts, generation: number) {
    this.#parts = parts;
    this.#generation = generation;
  }

  async isQuiet(): Promise<boolean> {
    const { phase, generation } = (await this.#parts.states.read()).state;
    return phase === "idle" && generation === this.#generation;
  }

  async admit(named: readonly NamedObject[], signal: AbortSignal): Promise<void> {
    const { generation } = await this.#freeOf(named, signal);
    if (generation === this.#generation) return;
    await this.#verify(named);
    this.#generation = generation;
  }

  /** Returns a state in which none of the objects is condemned. */
  async #freeOf(named: readonly NamedObject[], signal: AbortSignal): Promise<SeenSweep["state"]> {
    const { store, states, startTimer, pause } = this.#parts;
    const digests = named.map(({ digest }) => digest);
    const waitedMs = startTimer();
    let seen = await states.read();
    for (;;) {
      const condemned = condemnedIn(seen, digests);
      if (condemned.length === 0) return seen.state;
      if (waitedMs() > WAIT_MS) throw new SweepOutage(UNDER_WAY);
      if (seen.state.phase === "condemned") await pardon(store, seen, condemned);
      else {
        await endDeadSweep(store, seen);
        await pause(POLL_MS, signal);
      }
      signal.throwIfAborted();
      seen = await states.readAgain();
    }
  }

  /** Objects that were seen at another generation may be gone. */
  async #verify(named: readonly NamedObject[]): Promise<void> {
    const { store } = this.#parts;
    const keys = [...new Set(named.flatMap(({ key }) => key ?? []))];
    const slot = pLimit(LOOKUPS_AT_ONCE);
    const found = await Promise.all(keys.map((key) => slot(() => store.head(key))));
    const missing = keys.filter((_, index) => found[index] === undefined);
    if (missing.length > 0) throw new SweptAway(missing);
  }
}
