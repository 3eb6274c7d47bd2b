import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import { createSweepGuard } from "../../../origin/sweeps/sweep-guard.ts";

const MINUTE_MS = 60_000;

/** The guard of a store that was never swept. Its reads count. `passTime` lets a state that was read become old. */
export function countedGuard(store: ObjectStore, counts: { reads: number }) {
  let nowMs = 0;
  const readVersion = async () => {
    counts.reads += 1;
    return undefined;
  };
  const startTimer = () => {
    const begunMs = nowMs;
    return () => nowMs - begunMs;
  };
  const guard = createSweepGuard({ store: { ...store, readVersion, replace: async () => false }, startTimer });
  return { guard, passTime: () => (nowMs += MINUTE_MS) };
}
