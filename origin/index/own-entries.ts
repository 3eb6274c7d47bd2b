import { entryJson, type IndexEntry } from "../../image/names/index-entry.ts";
import { sha256Hex } from "../../protocol/hex.ts";
import { Recent } from "../../protocol/recent.ts";
import { ownEntryKey } from "../../protocol/storage-keys.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import { packObject } from "./pack-object.ts";

/** Writes the own entry of a name, unless this process has written the same entry within the hour. */
export type WriteOwnEntry = (prefix: string, name: string, entry: IndexEntry) => Promise<void>;

/** A key and a hash take about 300 bytes. */
const MAX_REMEMBERED = 10_000;
/** A rule of the bucket may remove entries meanwhile. */
const REMEMBERED_MS = 3_600_000;

/** `now` in milliseconds. */
export function createOwnEntries(store: ObjectStore, now: () => number): WriteOwnEntry {
  const written = new Recent<string>(MAX_REMEMBERED, REMEMBERED_MS, now);

  return async (prefix, name, entry) => {
    const key = await ownEntryKey(prefix, name);
    const members = { name, entry: entryJson(name, entry) };
    const hash = await sha256Hex(JSON.stringify(members));
    if (written.get(key) === hash) return;
    await store.put(key, { kind: "bytes", bytes: await packObject(members) }, { contentType: "application/gzip" });
    written.set(key, hash);
  };
}
