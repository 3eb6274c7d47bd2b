import { entryJson, type IndexEntry } from "../../../image/names/index-entry.ts";
import { INDEX_FORMAT } from "../../../image/names/index-format.ts";
import { shardDigits } from "../../../image/names/shard-digits.ts";
import { gzip } from "../../../image/compression/gzip.ts";
import { nameIndexMetaKey, nameShardKey, ownEntryKey } from "../../../protocol/storage-keys.ts";

export const PREFIX = "index/0123456789abcdef/r1/x86_64-linux/";

type Entries = Readonly<Record<string, IndexEntry>>;
type Members = Readonly<Record<string, unknown>>;

/** The objects of an index, by key. */
export type IndexObjects = Map<string, Uint8Array<ArrayBuffer>>;

export function packed(members: Members): Promise<Uint8Array<ArrayBuffer>> {
  return gzip(new Uint8Array(new TextEncoder().encode(JSON.stringify({ version: INDEX_FORMAT, ...members }))));
}

/** A whole index whose shards have names with so many digits. A shard without names is left out. */
export async function wholeIndex(entries: Entries, digits = 0): Promise<IndexObjects> {
  const shards = new Map<string, Record<string, unknown>>();
  for (const [name, entry] of Object.entries(entries)) {
    const shard = await shardDigits(name, digits);
    shards.set(shard, { ...shards.get(shard), [name]: entryJson(name, entry) });
  }
  const objects: IndexObjects = new Map([[nameIndexMetaKey(PREFIX), await packed({ digits })]]);
  for (const [shard, names] of shards) objects.set(nameShardKey(PREFIX, shard), await packed({ entries: names }));
  return objects;
}

/** What evaluations have noted. */
export async function ownEntries(entries: Entries): Promise<IndexObjects> {
  const objects: IndexObjects = new Map();
  for (const [name, entry] of Object.entries(entries))
    objects.set(await ownEntryKey(PREFIX, name), await packed({ name, entry: entryJson(name, entry) }));
  return objects;
}
