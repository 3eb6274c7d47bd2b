import { parseRequestRecord, requestRecordJson } from "../../protocol/request-record.ts";
import { requestKey } from "../../protocol/storage-keys.ts";
import { debug } from "../system/debug.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";

/** The closure key of an earlier build of the same request. Undefined if there is none. */
export async function findRequest(store: ObjectStore, hash: string): Promise<string | undefined> {
  const key = parseRequestRecord(await readRecord(store, requestKey(hash)));
  debug(() => `request ${hash}: ${key === undefined ? "not known" : `known, it led to the closure ${key}`}`);
  return key;
}

/** The image may be missing when a reader finds the record, because both are written at the same time. */
export async function writeRequest(store: ObjectStore, hash: string, image: string): Promise<void> {
  await putRecord(store, requestKey(hash), requestRecordJson(image));
}
