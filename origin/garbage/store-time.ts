import { SWEEP_CLOCK_KEY } from "../../protocol/sweep-state.ts";
import type { MaintainedStore } from "../stores/maintained-store.ts";
import { readStoreClock } from "../sweeps/store-clock.ts";
import { CollectionError } from "./collection-error.ts";

/** Another command may remove the object at the wrong moment, but not each time. */
const ATTEMPTS = 5;

/** The time of the store: whole seconds, in milliseconds since the epoch. Leaves no object behind. */
export async function storeTime(store: MaintainedStore): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const time = await readStoreClock(store);
    await store.remove([SWEEP_CLOCK_KEY]);
    if (time !== undefined) return time;
  }
  throw new CollectionError(`somebody else removes ${SWEEP_CLOCK_KEY} again and again; run the command again later`);
}
