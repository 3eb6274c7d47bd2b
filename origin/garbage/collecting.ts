import type { MaintainedIndex, MaintainedStore } from "../stores/maintained-store.ts";
import type { CollectionTimes } from "./collection-times.ts";
import type { MachineClock } from "./machine-clock.ts";
import type { Alive } from "./marking.ts";
import type { Tally } from "./tally.ts";

/** What a garbage collection needs. */
export interface Collecting {
  readonly store: MaintainedStore;
  readonly index: MaintainedIndex;
  readonly times: CollectionTimes;
  readonly clock: MachineClock;
  readonly signal: AbortSignal;
  readonly listener: CollectionListener;
}

/** Hears how far a collection is. */
export interface CollectionListener {
  onPhase(phase: "wait" | "mark" | "sweep"): void;
  onStep(step: CollectionStep): void;
  onNote(line: string): void;
}

export interface CollectionStep {
  readonly done: number;
  readonly total: number;
  readonly unit: "kinds" | "seconds";
}

/** A collection that has the lock. */
export interface Run extends Collecting {
  readonly alive: Alive;
  readonly tally: Tally;
}
