import { type Digest, isDigest } from "../../protocol/digest.ts";
import { isJsonObject } from "../../protocol/json-object.ts";

/** A layer that has been packed. */
export interface Layer {
  /** The digest of the compressed bytes. The blob is stored under it. */
  readonly digest: Digest;
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** Compressed bytes. */
  readonly size: number;
}

/** A layer of an image, with what it holds. */
export interface DescribedLayer extends Layer {
  /** What the layer holds, in a few words. The image's history shows it. */
  readonly description: string;
  /** The store paths in the layer. The root layer has none. */
  readonly paths: readonly string[];
}

/** Reads a layer's record from a store. Undefined when the record is not whole. */
export function parseLayer(value: unknown): Layer | undefined {
  if (!isJsonObject(value)) return undefined;
  const { digest, diffId, size } = value;
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  if (typeof diffId !== "string" || !isDigest(diffId) || typeof size !== "number") return undefined;
  return { digest, diffId, size };
}
