import { SWEEP_CLOCK_KEY } from "../../protocol/sweep-state.ts";
import type { SweepStore } from "./seen-sweep.ts";

/** The object that tells the time is empty. */
const MAX_BYTES = 0;

/**
 * The time of the store: whole seconds, in milliseconds since the epoch. The clock of this machine may be wrong, or may jump. Puts
 * an empty object, and asks when it was put. Undefined if somebody else has removed the object meanwhile.
 */
export async function readStoreClock(store: SweepStore): Promise<number | undefined> {
  const content = { kind: "bytes", bytes: new Uint8Array() } as const;
  await store.put(SWEEP_CLOCK_KEY, content, { contentType: "application/octet-stream" });
  return (await store.readVersion(SWEEP_CLOCK_KEY, MAX_BYTES))?.modifiedAt;
}
