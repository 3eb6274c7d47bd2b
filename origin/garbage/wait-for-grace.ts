import type { Run } from "./collecting.ts";
import { storeTime } from "./store-time.ts";

/** How often the store is asked for its time. */
const SLICE_MS = 30_000;
const SECOND_MS = 1000;

/** Waits until the grace since `condemnedAt` is over, by the store's clock. */
export async function waitForGrace(run: Run, condemnedAt: number): Promise<void> {
  const { store, times, clock, signal, alive, listener } = run;
  const endsAt = condemnedAt + times.graceMs;
  const total = Math.ceil(times.graceMs / SECOND_MS);
  let isTold = false;
  for (;;) {
    await alive();
    const leftMs = endsAt - (await storeTime(store));
    // The store tells whole seconds, so the last one must be over.
    if (leftMs < 0) return;
    if (!isTold) listener.onNote(graceLine(leftMs));
    isTold = true;
    listener.onStep({ done: Math.max(0, total - Math.ceil(leftMs / SECOND_MS)), total, unit: "seconds" });
    await clock.sleep(Math.min(leftMs + SECOND_MS, SLICE_MS), signal);
  }
}

function graceLine(leftMs: number): string {
  const seconds = Math.ceil(leftMs / SECOND_MS);
  return `waiting for ${seconds} s, so that builds which began before can finish; after Ctrl-C, the next run goes on`;
}
