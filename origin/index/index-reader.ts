import { isJsonObject, type JsonObject } from "../../protocol/json-object.ts";
import { nameIndexMetaKey, nameShardKey, ownEntryKey, setNamesKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, readBytes } from "../stores/object-store.ts";
import { debug } from "../system/debug.ts";
import { ByteCache } from "./byte-cache.ts";
import { type IndexEntry, parseEntry } from "./index-entry.ts";
import { MAX_OBJECT_BYTES, memberObject, unpackObject } from "./index-format.ts";
import { parseSetNames, type SetNames } from "./set-names.ts";
import { MAX_DIGITS, MAX_SHARD_BYTES, shardDigits } from "./shards.ts";

/** Reads the objects of indexes. It remembers the objects that it read last. */
export interface IndexReader {
  /** The number of digits in the names of its shards. Undefined if the index is missing or not finished. */
  digits(prefix: string): Promise<number | undefined>;
  /** Undefined if the shard has no such name. `open` if the shard is missing or damaged. */
  shardEntry(prefix: string, digits: number, name: string): Promise<IndexEntry | undefined>;
  /** Undefined if no evaluation has noted the name. */
  ownEntry(prefix: string, name: string): Promise<IndexEntry | undefined>;
  /** Empty if they are missing or damaged. */
  setNames(prefix: string): Promise<SetNames>;
}

const OPEN: IndexEntry = { kind: "open" };
const NO_SETS: SetNames = new Map();
/** Bytes of text. One index of nixpkgs has 12 MB of it; parsed, a text needs about three times its bytes. */
const MEMORY_BYTES = 16 * 1_048_576;
/** An own entry, or the meta of an index. */
const MAX_SMALL_BYTES = 65_536;

export function createIndexReader(store: ObjectStore): IndexReader {
  const objects = new ByteCache<JsonObject>(MEMORY_BYTES);
  const sets = new ByteCache<SetNames>(MEMORY_BYTES);

  async function unpacked(key: string, maxBytes: number) {
    const bytes = await readBytes(store, key, maxBytes);
    const object = bytes && (await unpackObject(bytes));
    if (!object) debug(() => `index: ${key} is missing, damaged or of another version`);
    return object;
  }

  async function kept(key: string, maxBytes: number): Promise<JsonObject | undefined> {
    const known = objects.get(key);
    if (known) return known;
    const object = await unpacked(key, maxBytes);
    if (object) objects.set(key, object.members, object.length);
    return object?.members;
  }

  return {
    async digits(prefix) {
      const digits = (await kept(nameIndexMetaKey(prefix), MAX_SMALL_BYTES))?.["digits"];
      const isRight = typeof digits === "number" && Number.isInteger(digits) && digits >= 0 && digits <= MAX_DIGITS;
      return isRight ? digits : undefined;
    },
    async shardEntry(prefix, digits, name) {
      const entries = (await kept(nameShardKey(prefix, shardDigits(name, digits)), MAX_SHARD_BYTES))?.["entries"];
      if (!isJsonObject(entries)) return OPEN;
      return Object.hasOwn(entries, name) ? (parseEntry(name, entries[name]) ?? OPEN) : undefined;
    },
    async ownEntry(prefix, name) {
      const own = await unpacked(await ownEntryKey(prefix, name), MAX_SMALL_BYTES);
      return own && parseEntry(name, own.members["entry"]);
    },
    async setNames(prefix) {
      const key = setNamesKey(prefix);
      const known = sets.get(key);
      if (known) return known;
      const object = await unpacked(key, MAX_OBJECT_BYTES);
      const names = object && parseSetNames(memberObject(object.members, "sets"));
      if (names) sets.set(key, names, object.length);
      return names ?? NO_SETS;
    },
  };
}
