import { isJsonObject } from "../../protocol/json-object.ts";

/** A record of another version counts as missing. */
const RECORD_VERSION = 1;
const REVISION = /^\S{1,200}$/;

/** The record under an `indexedRefKey`: the last revision of a ref that had an index of names. */
export function indexedRefJson(revision: string): object {
  return { version: RECORD_VERSION, revision };
}

/** The revision of a record. Undefined if it is no whole record of this version. */
export function parseIndexedRef(value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const { version, revision } = value;
  const isWhole = version === RECORD_VERSION && typeof revision === "string" && REVISION.test(revision);
  return isWhole ? revision : undefined;
}
