import { createHash } from "node:crypto";
import { type Digest, isDigest } from "../../protocol/digest.ts";
import { isJsonObject } from "../../protocol/json-object.ts";
import { type Descriptor, parseDescriptor } from "../../protocol/manifest.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { FORMAT_VERSION } from "./format-version.ts";
import type { LayerGroup } from "./group-layers.ts";

/** What is known of a layer once it has been packed. */
export interface LayerRecord extends Descriptor {
  /** Of the uncompressed tar. */
  readonly diffId: Digest;
}

/** Two layers with the same hash have the same bytes: their store paths, whose names hold a hash of their contents. */
export function layerHash(group: LayerGroup, compression: LayerCompression): string {
  const hash = createHash("sha256").update(`cornice layer ${FORMAT_VERSION} ${compression}\n`);
  for (const { path } of group) hash.update(`${path}\n`);
  return hash.digest("hex");
}

/** Undefined when the value, read from a store, is not a whole record. */
export function parseLayerRecord(value: unknown): LayerRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const layer = parseDescriptor(value);
  const { diffId } = value;
  return layer && typeof diffId === "string" && isDigest(diffId) ? { ...layer, diffId } : undefined;
}
