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
    for await (const page of index.listEntries(prefix)) {
      entries += page.length;
      for (let start = 0; start < page.length; start += ENTRIES_AHEAD) {
        signal.throwIfAborted();
        const part = page.slice(start, start + ENTRIES_AHEAD);
        const keys = part.map(({ key }) => key).filter(isReadAlone);
        const ahead = { ...context, index: await readAhead(index, keys) };
        await slots.map(part, async (entry) => suspects.add(await checkIndexEntry(ahead, entry)));
      }
    }
  }
  return entries;
}
