import { createHash } from "node:crypto";
import { type Digest, isDigest } from "../../protocol/digest.ts";
import { isJsonObject } from "../../protocol/json-object.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { FORMAT_VERSION } from "./format-version.ts";
import type { LayerGroup } from "./group-layers.ts";

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

/** Two layers with the same hash have the same bytes: their store paths, whose names hold a hash of their contents. */
export function layerHash(group: LayerGroup, compression: LayerCompression): string {
  const hash = createHash("sha256").update(`cornice layer ${FORMAT_VERSION} ${compression}\n`);
  for (const { path } of group) hash.update(`${path}\n`);
  return hash.digest("hex");
}

/** Reads a layer's record from a store. Undefined when the record is not whole. */
export function parseLayer(value: unknown): Layer | undefined {
  if (!isJsonObject(value)) return undefined;
  const { digest, diffId, size } = value;
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  if (typeof diffId !== "string" || !isDigest(diffId) || typeof size !== "number") return undefined;
  return { digest, diffId, size };
}
