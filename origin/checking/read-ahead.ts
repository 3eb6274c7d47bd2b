import type { CheckedStores } from "./check-object.ts";

/** An index that has read some keys already, many in one call. Others it reads when they are asked for. */
export async function readAhead(
  index: CheckedStores["index"],
  keys: readonly string[],
): Promise<CheckedStores["index"]> {
  const values = await index.readMany(keys);
  const isAhead = new Set(keys);
  return { ...index, read: async (key) => (isAhead.has(key) ? values.get(key) : index.read(key)) };
}
