import { type Digest, digestHex, sha256Digest } from "../../protocol/digest.ts";
import { isJsonObject, jsonMembers } from "../../protocol/json-object.ts";
import type { Layer } from "./layer.ts";

/** A layer that was packed before, and when an origin last knew that the store has its blob. */
export interface ListedLayer extends Layer {
  /** The layer's hash. Layers with the same hash have the same bytes. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
}

/** Layers whose blobs are in a store. All origins share one list in the store. */
export interface LayerList {
  /** Made up when the list is written for the first time. If it changes, somebody has emptied or replaced the store. */
  readonly store: string;
  /** The most recently used last. */
  readonly layers: readonly ListedLayer[];
}

/** The most bytes of a list. A list of a thousand layers has 220 kB. */
export const MAX_LAYER_LIST_BYTES = 1_048_576;

/** A list of another version counts as missing. */
const LIST_VERSION = 1;
const HASH = /^[0-9a-f]{64}$/;

/** The list as JSON. Each layer is a tuple, because its names would take as many bytes as its values. */
export function layerListJson({ store, layers }: LayerList): object {
  return {
    version: LIST_VERSION,
    store,
    layers: layers.map(({ hash, digest, diffId, size, seenAt }) => [
      hash,
      digestHex(digest),
      digestHex(diffId),
      size,
      seenAt,
    ]),
  };
}

/** Reads a list. Undefined if it is no list of this version. Leaves out layers that are not whole. */
export function parseLayerList(value: unknown): LayerList | undefined {
  if (!isJsonObject(value) || value["version"] !== LIST_VERSION) return undefined;
  const { store, layers } = value;
  if (typeof store !== "string" || !Array.isArray(layers)) return undefined;
  return { store, layers: layers.flatMap(parseListedLayer) };
}

/** Whether a newer release wrote the list. This release cannot add to it, and should not put its own in its place. */
export function isNewerLayerList(value: unknown): boolean {
  return isJsonObject(value) && typeof value["version"] === "number" && value["version"] > LIST_VERSION;
}

function parseListedLayer(value: unknown): ListedLayer[] {
  const [hash, digestDigits, diffIdDigits, size, seenAt] = jsonMembers(value);
  const [digest, diffId] = [parseDigits(digestDigits), parseDigits(diffIdDigits)];
  if (typeof hash !== "string" || !digest || !diffId) return [];
  return isCount(size) && isCount(seenAt) ? [{ hash, digest, diffId, size, seenAt }] : [];
}

function parseDigits(value: unknown): Digest | undefined {
  return typeof value === "string" && HASH.test(value) ? sha256Digest(value) : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
