import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { isJsonObject, type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";

/** Raise it when an object of an index gets another form. Objects of another version count as missing. */
export const INDEX_FORMAT = 1;

/** Nodes of the registry read an object many times, and write it once. */
const GZIP_LEVEL = 9;
/** The most bytes of one object of an index, as it is stored. The attributes of nixpkgs have one megabyte. */
export const MAX_OBJECT_BYTES = 16 * 1_048_576;
/** The most bytes after decompression. A hostile object could otherwise fill the memory. */
const MAX_TEXT_BYTES = 8 * MAX_OBJECT_BYTES;

/** A JSON object with its version, compressed. Equal members give equal bytes. */
export async function packObject(members: JsonObject): Promise<Uint8Array> {
  return promisify(gzip)(JSON.stringify({ version: INDEX_FORMAT, ...members }), { level: GZIP_LEVEL });
}

/** An object of an index, and the length of its text. */
export interface UnpackedObject {
  readonly members: JsonObject;
  readonly length: number;
}

/** Undefined if the bytes are damaged, too many after decompression, or of another version. */
export async function unpackObject(bytes: Uint8Array): Promise<UnpackedObject | undefined> {
  const text = await promisify(gunzip)(bytes, { maxOutputLength: MAX_TEXT_BYTES }).catch(() => undefined);
  const members = parseJsonObject(String(text ?? ""));
  return text && members?.["version"] === INDEX_FORMAT ? { members, length: text.length } : undefined;
}

/** A member that is an object itself. Empty if it is something else. */
export function memberObject(members: JsonObject, name: string): JsonObject {
  const value = members[name];
  return isJsonObject(value) ? value : {};
}
