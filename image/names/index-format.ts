import { isJsonObject, type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { gunzip } from "../compression/gzip.ts";

/** Raise it when an object of an index gets another form. Objects of another version count as missing. */
export const INDEX_FORMAT = 1;

/** The most bytes of one object of an index, as it is stored. The attributes of nixpkgs have one megabyte. */
export const MAX_OBJECT_BYTES = 16 * 1_048_576;
/** The most bytes after decompression. A hostile object could otherwise fill the memory. */
const MAX_TEXT_BYTES = 8 * MAX_OBJECT_BYTES;

/** The most bytes of a meta, a shard or an own entry, as it is stored. A pull reads one for each of its packages. */
export const MAX_SMALL_BYTES = 65_536;
/** After decompression. A shard may have 400 reasons of 4000 characters, and they may be alike. */
const MAX_SMALL_TEXT_BYTES = 4 * 1_048_576;

/** An object of an index, and the bytes of its text. */
export interface UnpackedObject {
  readonly members: JsonObject;
  readonly length: number;
}

/** Undefined if the bytes are damaged, too many after decompression, or of another version. */
export function unpackObject(bytes: Uint8Array): Promise<UnpackedObject | undefined> {
  return unpack(bytes, MAX_TEXT_BYTES);
}

/** As `unpackObject`, for a meta, a shard or an own entry. */
export function unpackSmall(bytes: Uint8Array): Promise<UnpackedObject | undefined> {
  return unpack(bytes, MAX_SMALL_TEXT_BYTES);
}

async function unpack(bytes: Uint8Array, maxTextBytes: number): Promise<UnpackedObject | undefined> {
  const text = await gunzip(bytes, maxTextBytes);
  if (!text) return undefined;
  const members = parseJsonObject(new TextDecoder().decode(text));
  return members?.["version"] === INDEX_FORMAT ? { members, length: text.length } : undefined;
}

/** A member that is an object itself. Empty if it is something else. */
export function memberObject(members: JsonObject, name: string): JsonObject {
  const value = members[name];
  return isJsonObject(value) ? value : {};
}
