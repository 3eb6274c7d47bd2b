import { type Digest, isDigest } from "../../protocol/digest.ts";
import { isJsonObject } from "../../protocol/json-object.ts";
import { type Descriptor, parseDescriptor } from "../../protocol/manifest.ts";

/** A layer that has been packed. */
export interface Layer extends Descriptor {
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
}

/** A layer of an image, with what it holds. */
export interface DescribedLayer extends Layer {
  /** What the layer holds, in a few words. The image's history shows it. */
  readonly description: string;
  /** The store paths in the layer. The root layer has none. */
  readonly paths: readonly string[];
}

/** Reads a layer's record from a store. Undefined if the record is not complete. */
export function parseLayer(value: unknown): Layer | undefined {
  if (!isJsonObject(value)) return undefined;
  const blob = parseDescriptor(value);
  const { diffId } = value;
  return blob && typeof diffId === "string" && isDigest(diffId) ? { ...blob, diffId } : undefined;
}
