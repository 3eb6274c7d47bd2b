import { isJsonObject } from "./json-object.ts";

/** A record of another version counts as missing. The records of older origins have no version. */
const RECORD_VERSION = 1;
const HASH = /^[0-9a-f]{64}$/;

/** The record of a request. `image`: the closure hash that the request leads to. */
export function requestRecordJson(image: string): object {
  return { version: RECORD_VERSION, image };
}

/** What older origins wrote. */
export function oldRequestRecordJson(image: string): object {
  return { image };
}

/** The closure hash of a record. Undefined if it is not a whole record of a known version. */
export function parseRequestRecord(value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const { version = RECORD_VERSION, image } = value;
  return version === RECORD_VERSION && typeof image === "string" && HASH.test(image) ? image : undefined;
}
