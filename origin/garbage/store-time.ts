import { SWEEP_CLOCK_KEY } from "../../protocol/sweep-state.ts";
import type { MaintainedStore } from "../stores/maintained-store.ts";
import { CollectionError } from "./collection-error.ts";

/** Another command may remove the object at the wrong moment, but not each time. */
const ATTEMPTS = 5;
const MAX_BYTES = 0;

/**
 * The time of the store: whole seconds, in milliseconds since the epoch. The clock of this machine may be wrong, or may jump. Puts an
 * empty object, asks when it was put, and removes it.
 */
export async function storeTime(store: MaintainedStore): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const content = { kind: "bytes", bytes: new Uint8Array() } as const;
    await store.put(SWEEP_CLOCK_KEY, content, { contentType: "application/octet-stream" });
    const version = await store.readVersion(SWEEP_CLOCK_KEY, MAX_BYTES);
    await store.remove([SWEEP_CLOCK_KEY]);
    if (version) return version.modifiedAt;
  }
  throw new CollectionError(`somebody else removes ${SWEEP_CLOCK_KEY} again and again; run the command again later`);
}
