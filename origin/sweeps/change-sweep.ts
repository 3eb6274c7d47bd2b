import { randomUUID } from "node:crypto";
import type { Digest } from "../../protocol/digest.ts";
import { MAX_PARDONS, SWEEP_STATE_KEY, type SweepState, sweepStateJson } from "../../protocol/sweep-state.ts";
import type { SeenSweep, SweepStore } from "./seen-sweep.ts";
import { SweepOutage } from "./sweep-errors.ts";
import { releaseLock, takeLock } from "./sweep-lock.ts";
import { readStoreClock } from "./store-clock.ts";

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

/**
 * Ends a sweep whose collector has died, by the clock of the store. The next collection removes what is left. It holds the
 * lock meanwhile: a collector that only slept finds that it has lost it.
 */
export async function endDeadSweep(store: SweepStore, { state, etag }: SeenSweep): Promise<void> {
  const place = { store, holder: randomUUID() };
  // Without an answer, no time has passed.
  const time = async () => (await readStoreClock(store)) ?? 0;
  if (!(await takeLock(place, time))) return;
  try {
    await replaceState(store, { ...state, generation: state.generation + 1, phase: "idle", pardoned: [] }, etag);
  } finally {
    await releaseLock(place);
  }
}

/** Writes the state if it is still that of `etag`. Returns whether it is written. */
export function replaceState(
  store: Pick<SweepStore, "replace">,
  state: SweepState,
  etag: string | undefined,
): Promise<boolean> {
  return store.replace(SWEEP_STATE_KEY, Buffer.from(JSON.stringify(sweepStateJson(state))), etag);
}
