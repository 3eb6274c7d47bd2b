import { isJsonObject, type JsonObject } from "../../protocol/json-object.ts";
import { nameIndexMetaKey, nameShardKey, ownEntryKey } from "../../protocol/storage-keys.ts";
import { type IndexEntry, parseEntry } from "./index-entry.ts";
import { MAX_DIGITS, shardDigits } from "./shard-digits.ts";

/** Reads a meta, a shard or an own entry. Undefined if it is missing, damaged, too large, or of another version. */
export type ReadMembers = (key: string) => Promise<JsonObject | undefined>;

interface EntryObjects {
  /** Reads what many names share: a meta, or a shard. It may remember objects. */
  readonly readShared: ReadMembers;
  /** Reads the own entry of one name. */
  readonly readOwn: ReadMembers;
}

/** Reads what the indexes of names say of one name. */
export interface EntryReader {
  /** The number of digits in the names of its shards. Undefined if the index is missing or not finished. */
  digits(prefix: string): Promise<number | undefined>;
  /** Undefined if the shard has no such name. `open` if the shard is missing or damaged. */
  shardEntry(prefix: string, digits: number, name: string): Promise<IndexEntry | undefined>;
  /** Undefined if no evaluation has noted the name. */
  ownEntry(prefix: string, name: string): Promise<IndexEntry | undefined>;
}

const OPEN: IndexEntry = { kind: "open" };

export function createEntryReader({ readShared, readOwn }: EntryObjects): EntryReader {
  return {
    async digits(prefix) {
      const digits = (await readShared(nameIndexMetaKey(prefix)))?.["digits"];
      const isRight = typeof digits === "number" && Number.isInteger(digits) && digits >= 0 && digits <= MAX_DIGITS;
      return isRight ? digits : undefined;
    },
    async shardEntry(prefix, digits, name) {
      const key = nameShardKey(prefix, await shardDigits(name, digits));
      const entries = (await readShared(key))?.["entries"];
      if (!isJsonObject(entries)) return OPEN;
      return Object.hasOwn(entries, name) ? (parseEntry(name, entries[name]) ?? OPEN) : undefined;
    },
    async ownEntry(prefix, name) {
      const own = await readOwn(await ownEntryKey(prefix, name));
      return own?.["name"] === name ? parseEntry(name, own["entry"]) : undefined;
    },
  };
}

interface Place {
  readonly prefix: string;
  /** Undefined if there is no index. There may still be entries of evaluations. */
  readonly digits: number | undefined;
}

/** What the index and earlier evaluations say of a name. Undefined if the index is whole and has no such name. */
export async function findEntry(
  reader: EntryReader,
  { prefix, digits }: Place,
  name: string,
): Promise<IndexEntry | undefined> {
  const listed = digits === undefined ? OPEN : await reader.shardEntry(prefix, digits, name);
  // The whole package set is listed, so a name without a dot needs no other entry.
  if (listed ? listed.kind !== "open" : !name.includes(".")) return listed;
  return (await reader.ownEntry(prefix, name)) ?? listed;
}
