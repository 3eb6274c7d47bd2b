import pLimit from "p-limit";
import { checkIndexEntry, isReadAlone, MANIFEST_PREFIX, TAG_PREFIX } from "./check-index.ts";
import type { CheckContext } from "./check-object.ts";
import { readAhead } from "./read-ahead.ts";
import type { Suspects } from "./suspects.ts";

const CHECKS_AT_ONCE = 16;
/** So many manifests take a few megabytes. */
const ENTRIES_AHEAD = 100;

/** Looks at all entries in KV, and returns their number. Throws `StoreError`. */
export async function checkEntries(context: CheckContext, suspects: Suspects): Promise<number> {
  const { index, signal } = context;
  const slots = pLimit(CHECKS_AT_ONCE);
  let entries = 0;
  for (const prefix of [TAG_PREFIX, MANIFEST_PREFIX]) {
    for await (const page of index.list(prefix)) {
      entries += page.length;
      for (let start = 0; start < page.length; start += ENTRIES_AHEAD) {
        signal.throwIfAborted();
        const keys = page.slice(start, start + ENTRIES_AHEAD);
        const ahead = { ...context, index: await readAhead(index, keys.filter(isReadAlone)) };
        await slots.map(keys, async (key) => suspects.add(await checkIndexEntry(ahead, key)));
      }
    }
  }
  return entries;
}
