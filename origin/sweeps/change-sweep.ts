import type { Digest } from "../../protocol/digest.ts";
import {
  MAX_PARDONS,
  SWEEP_CLOCK_KEY,
  SWEEP_LOCK_KEY,
  SWEEP_LOCK_MS,
  SWEEP_STATE_KEY,
  type SweepState,
  sweepStateJson,
} from "../../protocol/sweep-state.ts";
import type { SeenSweep, SweepStore } from "./seen-sweep.ts";
import { SweepOutage } from "./sweep-errors.ts";

/** The objects that tell times have a few bytes, and those of another version are not large either. */
const MAX_TIME_BYTES = 65_536;
const TOO_MANY = "too many images are saved from a garbage collection; pull again when it has ended";

/**
 * Takes objects off the list of the condemned. They stay for this collection. False if the state has changed: then it must
 * be read again.
 */
export async function pardon(
  store: SweepStore,
  { state, etag }: SeenSweep,
  digests: readonly Digest[],
): Promise<boolean> {
  const pardoned = [...new Set([...state.pardoned, ...digests])];
  if (pardoned.length > MAX_PARDONS) throw new SweepOutage(TOO_MANY);
  return replaceState(store, { ...state, pardoned }, etag);
}

/** Ends a sweep whose collector has died, by the clock of the store. The next collection removes what is left. */
export async function endDeadSweep(store: SweepStore, { state, etag }: SeenSweep): Promise<void> {
  const lock = await store.readVersion(SWEEP_LOCK_KEY, MAX_TIME_BYTES);
  if (lock && (await storeTime(store)) - lock.modifiedAt <= SWEEP_LOCK_MS) return;
  await replaceState(store, { ...state, generation: state.generation + 1, phase: "idle", pardoned: [] }, etag);
}

async function storeTime(store: SweepStore): Promise<number> {
  const content = { kind: "bytes", bytes: new Uint8Array() } as const;
  await store.put(SWEEP_CLOCK_KEY, content, { contentType: "application/octet-stream" });
  // Without an answer, no time has passed.
  return (await store.readVersion(SWEEP_CLOCK_KEY, MAX_TIME_BYTES))?.modifiedAt ?? 0;
}

function replaceState(store: SweepStore, state: SweepState, etag: string | undefined): Promise<boolean> {
  return store.replace(SWEEP_STATE_KEY, Buffer.from(JSON.stringify(sweepStateJson(state))), etag);
}
