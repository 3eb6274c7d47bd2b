import { createEntryReader, type EntryReader } from "../../image/names/entry-reader.ts";
import {
  MAX_OBJECT_BYTES,
  MAX_SMALL_BYTES,
  memberObject,
  unpackObject,
  type UnpackedObject,
  unpackSmall,
} from "../../image/names/index-format.ts";
import type { JsonObject } from "../../protocol/json-object.ts";
import { setNamesKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, readBytes } from "../stores/object-store.ts";
import { debug } from "../system/debug.ts";
import { ByteCache } from "./byte-cache.ts";
import { parseSetNames, type SetNames } from "./set-names.ts";

/** Reads the objects of indexes. It remembers the objects that it read last, but no own entries. */
export interface IndexReader extends EntryReader {
  /** Empty if they are missing or damaged. */
  setNames(prefix: string): Promise<SetNames>;
}

const NO_SETS: SetNames = new Map();
/** Bytes of text. One index of nixpkgs has some 24 MB of it; parsed, a text needs about three times its bytes. */
const MEMORY_BYTES = 16 * 1_048_576;

export function createIndexReader(store: ObjectStore): IndexReader {
  const objects = new ByteCache<JsonObject>(MEMORY_BYTES);
  const sets = new ByteCache<SetNames>(MEMORY_BYTES);

  async function read(key: string, maxBytes: number, unpack: typeof unpackObject): Promise<UnpackedObject | undefined> {
    const bytes = await readBytes(store, key, maxBytes);
    const object = bytes && (await unpack(bytes));
    if (!object) debug(() => `index: ${key} is missing, damaged or of another version`);
    return object;
  }

  const readSmall = (key: string) => read(key, MAX_SMALL_BYTES, unpackSmall);

  async function readShared(key: string): Promise<JsonObject | undefined> {
    const known = objects.get(key);
    if (known) return known;
    const object = await readSmall(key);
    if (object) objects.set(key, object.members, object.length);
    return object?.members;
  }

  return {
    ...createEntryReader({ readShared, readOwn: async (key) => (await readSmall(key))?.members }),
    async setNames(prefix) {
      const key = setNamesKey(prefix);
      const known = sets.get(key);
      if (known) return known;
      const object = await read(key, MAX_OBJECT_BYTES, unpackObject);
      const names = object && parseSetNames(memberObject(object.members, "sets"));
      if (names) sets.set(key, names, object.length);
      return names ?? NO_SETS;
    },
  };
}
