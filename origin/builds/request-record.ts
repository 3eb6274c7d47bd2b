import { requestKey } from "../../protocol/storage-keys.ts";
import { debug } from "../system/debug.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";

/** A record of another version counts as missing. The records of older origins have no version. */
const RECORD_VERSION = 1;
const HASH = /^[0-9a-f]{64}$/;

/** The closure key of an earlier build of the same request. Undefined if there is none. */
export async function findRequest(store: ObjectStore, hash: string): Promise<string | undefined> {
  const { version = RECORD_VERSION, image } = (await readRecord(store, requestKey(hash))) ?? {};
  const key = version === RECORD_VERSION && typeof image === "string" && HASH.test(image) ? image : undefined;
  debug(() => `request ${hash}: ${key === undefined ? "not known" : `known, it led to the closure ${key}`}`);
  return key;
}

/** The image may be missing when a reader finds the record, because both are written at the same time. */
export async function writeRequest(store: ObjectStore, hash: string, image: string): Promise<void> {
  await putRecord(store, requestKey(hash), { version: RECORD_VERSION, image });
}
