import { parseJsonObject } from "../../protocol/json-object.ts";
import {
  MAX_SWEEP_STATE_BYTES,
  NEVER_SWEPT,
  parseSweepState,
  SWEEP_STATE_KEY,
  type SweepPhase,
  type SweepState,
} from "../../protocol/sweep-state.ts";
import type { MaintainedStore } from "../stores/maintained-store.ts";
import { replaceState } from "../sweeps/change-sweep.ts";
import { CollectionError, LostLock } from "./collection-error.ts";

interface StoredState {
  readonly state: SweepState;
  /** Undefined if the store has no state yet. */
  readonly etag: string | undefined;
}

/** Where a collection stands. */
interface Standing {
  readonly phase: SweepPhase;
  /** Counts only if the phase is not `idle`. */
  readonly run: string;
}

/** Throws `CollectionError` for a state of another version: a newer collector may be at work. */
export async function readState(store: Pick<MaintainedStore, "readVersion" | "head">): Promise<StoredState> {
  const version = await store.readVersion(SWEEP_STATE_KEY, MAX_SWEEP_STATE_BYTES);
  if (!version && !(await store.head(SWEEP_STATE_KEY))) return { state: NEVER_SWEPT, etag: undefined };
  const state = version && parseSweepState(parseJsonObject(version.bytes.toString("utf8")));
  if (!state)
    throw new CollectionError(
      `${SWEEP_STATE_KEY} is damaged, or of a newer version of Cornice; use the newest version for garbage collections`,
    );
  return { state, etag: version.etag };
}

/**
 * Goes on to the next phase. Somebody may pardon objects at the same time: their pardons are kept. Throws `LostLock` if
 * somebody else has changed the phase.
 */
export async function changePhase(store: MaintainedStore, from: Standing, to: Standing): Promise<SweepState> {
  for (;;) {
    const { state, etag } = await readState(store);
    // The answer to a put may get lost, and its repetition fails then.
    if (isAt(state, to)) return state;
    if (!isAt(state, from)) throw new LostLock();
    const pardoned = to.phase === "idle" ? [] : state.pardoned;
    const next: SweepState = { generation: state.generation + 1, phase: to.phase, run: to.run, pardoned };
    if (await replaceState(store, next, etag)) return next;
  }
}

/** Begins another generation: origins forget what they remember of the bucket, because somebody has removed objects. */
export async function beginGeneration(store: MaintainedStore): Promise<void> {
  for (;;) {
    const { state, etag } = await readState(store);
    if (await replaceState(store, { ...state, generation: state.generation + 1 }, etag)) return;
  }
}

/**
 * Makes the sweep of a run that has died ours. A writer that is about to end it sees another state then, and leaves it alone.
 * Throws `LostLock` if a writer was faster.
 */
export async function takeSweepOver(store: MaintainedStore, from: SweepState): Promise<SweepState> {
  const { state, etag } = await readState(store);
  const next: SweepState = { ...state, generation: from.generation + 1 };
  if (state.generation !== from.generation || !(await replaceState(store, next, etag))) throw new LostLock();
  return next;
}

function isAt(state: SweepState, { phase, run }: Standing): boolean {
  return state.phase === phase && (phase === "idle" || state.run === run);
}
