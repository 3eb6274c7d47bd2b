import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import type { ObjectStore } from "../stores/object-store.ts";

/** An object that names others cannot be read. Nobody knows what it needs, so nothing may be removed. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  readonly key: string;

  constructor(key: string) {
    super(`${key} is damaged, or of another version`);
    this.key = key;
  }
}

/** The bytes of an object. Undefined if it is missing. Throws `Unreadable` if it has more bytes. */
export async function readWhole(store: ObjectStore, key: string, maxBytes: number): Promise<Buffer | undefined> {
  const stream = await store.open(key);
  if (!stream) return undefined;
  const chunks: Uint8Array[] = [];
  const bytes: AsyncIterable<Uint8Array> = stream;
  let left = maxBytes;
  for await (const chunk of bytes) {
    left -= chunk.length;
    if (left < 0) throw new Unreadable(key);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads and parses a JSON record. Undefined if it is missing. Throws `Unreadable` if it is no whole record. */
export async function readParsed<T>(
  store: ObjectStore,
  record: { readonly key: string; readonly maxBytes: number },
  parse: (value: JsonObject) => T | null | undefined,
): Promise<T | undefined> {
  const bytes = await readWhole(store, record.key, record.maxBytes);
  if (!bytes) return undefined;
  const value = parseJsonObject(bytes.toString("utf8"));
  const parsed = value && parse(value);
  if (parsed === null || parsed === undefined) throw new Unreadable(record.key);
  return parsed;
}

/** For records that can be made again: one that is damaged counts as missing. */
export function orMissing(error: unknown): undefined {
  if (!(error instanceof Unreadable)) throw error;
}
