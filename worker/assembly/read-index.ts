import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { atMost, readObject } from "./stored-objects.ts";

/** Some two hundred shards. Bytes. */
const MAX_REMEMBERED_BYTES = 2 << 20;
/** An object of an index never changes: its key has the revision. */
const objectsOf = perIsolate<AssemblySettings, LruMap<Uint8Array>>(
  () => new LruMap(MAX_REMEMBERED_BYTES, ({ length }) => length),
);

/** Reads an object of an index of names. Undefined if it is missing or larger. It remembers what is there. */
export async function readIndex(
  config: AssemblySettings,
  key: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const known = objectsOf(config).get(key);
  if (known) return known;
  const bytes = await readObject(config, key, atMost(maxBytes));
  if (bytes) objectsOf(config).set(key, bytes);
  return bytes;
}
