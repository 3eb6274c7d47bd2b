import { type Digest, isDigest } from "../../protocol/digest.ts";
import { isJsonObject } from "../../protocol/json-object.ts";

/** What is known of a layer once it has been packed. */
export interface LayerRecord {
  /** Of the compressed bytes, under which the blob is stored. */
  readonly digest: Digest;
  /** Of the uncompressed tar. */
  readonly diffId: Digest;
  /** Bytes, compressed. */
  readonly size: number;
}

/** Undefined when the value, read from a store, is not a whole record. */
export function parseLayerRecord(value: unknown): LayerRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { digest, diffId, size } = value;
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  if (typeof diffId !== "string" || !isDigest(diffId) || typeof size !== "number") return undefined;
  return { digest, diffId, size };
}
