import { keyOfStoredTag } from "../../protocol/storage-keys.ts";
import type { Run } from "./collecting.ts";
import type { OldTag } from "./mark-tags.ts";

/** Removes tags. KV first: while R2 has a tag, the next run finds it again. */
export async function dropTags({ store, index, alive, tally }: Run, tags: readonly OldTag[]): Promise<void> {
  if (tags.length === 0) return;
  await alive();
  const keys = tags.map(({ key }) => key);
  await index.remove(keys.map(keyOfStoredTag));
  await store.remove(keys);
  tally.add("tag", tags);
}

/** Writes R2's copy of a tag that only KV has, unless somebody has just written it. */
export async function keepTagOfKv({ store }: Pick<Run, "store">, key: string, record: string): Promise<void> {
  await store.replace(key, new TextEncoder().encode(record), undefined);
}
