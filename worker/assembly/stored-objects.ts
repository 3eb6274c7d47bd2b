import { parseJsonObject } from "../../protocol/json-object.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

type Bucket = Pick<StoreSettings, "r2">;

/** Decides by an object's size in bytes whether it is read. */
export type FitsIn = (size: number) => boolean;

export function atMost(maxBytes: number): FitsIn {
  return (size) => size <= maxBytes;
}

/** Reads an object from R2 as a whole. Undefined if it is missing or too large. */
export async function readObject({ r2 }: Bucket, key: string, fits: FitsIn): Promise<Uint8Array | undefined> {
  const object = await r2.get(key);
  if (!object) return undefined;
  if (fits(object.size)) return new Uint8Array(await object.arrayBuffer());
  await object.body.cancel();
  return undefined;
}

/** Reads a JSON record from R2. Null if it is missing, too large, or no JSON object. */
export async function readStoredRecord(bucket: Bucket, key: string, maxBytes: number) {
  return parseJsonObject(new TextDecoder().decode(await readObject(bucket, key, atMost(maxBytes))));
}

/** Writes a JSON record to R2. */
export async function putRecord(
  { r2 }: Bucket,
  key: string,
  record: object,
  onlyIf?: R2Conditional,
): Promise<R2Object | null> {
  const httpMetadata = { contentType: "application/json" };
  return r2.put(key, JSON.stringify(record), { httpMetadata, ...(onlyIf && { onlyIf }) });
}
