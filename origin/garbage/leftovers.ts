import { condemnedKey } from "../../protocol/sweep-state.ts";
import { parseStoredKey } from "../../protocol/stored-key.ts";
import type { MaintainedStore } from "../stores/maintained-store.ts";

/** Removes the lists of runs that were killed. No state names them. */
export async function removeLeftovers(store: MaintainedStore): Promise<void> {
  for await (const page of store.list(condemnedKey(""))) {
    const keys = page.map(({ key }) => key).filter((key) => parseStoredKey(key)?.kind === "collection");
    if (keys.length > 0) await store.remove(keys);
  }
}
