import { isJsonObject } from "../../protocol/json-object.ts";
import { requestKey } from "../../protocol/storage-keys.ts";
import { debug } from "../system/debug.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";

const HASH = /^[0-9a-f]{64}$/;

/** The closure key of an earlier build of the same request. Undefined if there is none. */
export async function findRequest(store: ObjectStore, hash: string): Promise<string | undefined> {
  const record = await readRecord(store, requestKey(hash));
  const image = isJsonObject(record) ? record["image"] : undefined;
  const key = typeof image === "string" && HASH.test(image) ? image : undefined;
  debug(() => `request ${hash}: ${key === undefined ? "not known" : `known, it led to the closure ${key}`}`);
  return key;
}

/** Call it only after the image is written: a record must not name a missing image. */
export async function writeRequest(store: ObjectStore, hash: string, image: string): Promise<void> {
  await putRecord(store, requestKey(hash), { image });
}
