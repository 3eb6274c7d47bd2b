import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { INDEX_FORMAT } from "../../image/names/index-format.ts";
import type { JsonObject } from "../../protocol/json-object.ts";

/** Nodes of the registry read an object many times, and write it once. */
const GZIP_LEVEL = 9;

/** A JSON object with its version, compressed. Equal members give equal bytes. */
export async function packObject(members: JsonObject): Promise<Uint8Array> {
  return promisify(gzip)(JSON.stringify({ version: INDEX_FORMAT, ...members }), { level: GZIP_LEVEL });
}
