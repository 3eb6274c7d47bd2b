import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject } from "./json-object.ts";

/** A record of another version counts as missing. */
const RECORD_VERSION = 1;

/** The record of a tag that stands beside an image, such as `sha256-<hex>.sig`. It names the tag's manifest. */
export function attachedRecordJson(digest: Digest): object {
  return { version: RECORD_VERSION, digest };
}

/** The digest of the tag's manifest. Undefined if the value is not a whole record of a known version. */
export function parseAttachedRecord(value: unknown): Digest | undefined {
  if (!isJsonObject(value) || value["version"] !== RECORD_VERSION) return undefined;
  const { digest } = value;
  return typeof digest === "string" && isDigest(digest) ? digest : undefined;
}
