import { compareText } from "../../protocol/compare-text.ts";
import { digestHex } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { storePathWord } from "../closure/store-path.ts";
import type { Layer } from "../layers/layer.ts";
import type { KnownFacts } from "../facts/image-facts.ts";
import { metadataJson } from "../facts/package-metadata.ts";
import { gunzip, gzip } from "../compression/gzip.ts";
import { joinBytes } from "../compression/join-bytes.ts";
import { treeBytes } from "../trees/tree-record.ts";
import type { Bundle } from "./bundle.ts";
import { parseBundle } from "./parse-bundle.ts";

/**
 * A record has the SHA-256 of the rest, then the rest, compressed with gzip: the length of the JSON in four bytes, the
 * JSON, the trees one after the other. The JSON has:
 *
 *     version   another version counts as missing
 *     paths     [name, narSize, places of references, layer or 0, narHash or 0, metadata or 0] for each store path
 *     rests     [layer hash, layer] for each layer of several paths
 *     steps     the steps of the cut-off
 *     trees     [place, bytes] for each tree
 *     packages  [name, share] of popular packages
 *     roots     [attribute, share] of popular attributes
 *
 * A layer is `[digest, diffID, size]`, with the digits alone. A place is that of a path in `paths`.
 */
export const BUNDLE_VERSION = 2;
const HASH_BYTES = 32;
const LENGTH_BYTES = 4;
/** The usual bundle has 30 kB, one with Python's tree 200 kB. */
const MAX_UNPACKED_BYTES = 16_777_216;
/** The most bytes of a record. */
export const MAX_BUNDLE_BYTES = 4_194_304;

/** Undefined if the bundle is too large for a record. */
export async function encodeBundle(bundle: Bundle): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const trees = [...bundle.trees].map(([path, tree]) => ({ path, bytes: treeBytes(tree) }));
  const json = new TextEncoder().encode(JSON.stringify(bundleJson(bundle, trees)));
  const length = new DataView(new ArrayBuffer(LENGTH_BYTES));
  length.setUint32(0, json.length);
  const unpacked = joinBytes([new Uint8Array(length.buffer), json, ...trees.map(({ bytes }) => bytes)]);
  if (unpacked.length > MAX_UNPACKED_BYTES) return undefined;
  const packed = await gzip(unpacked);
  const record = joinBytes([await hashOf(packed), packed]);
  return record.length > MAX_BUNDLE_BYTES ? undefined : record;
}

interface EncodedTree {
  readonly path: string;
  readonly bytes: Uint8Array;
}

function bundleJson(
  { closure, solos, rests, steps, facts, popularity }: Bundle,
  trees: readonly EncodedTree[],
): object {
  const paths = closure.toSorted((a, b) => compareText(a.path, b.path));
  const places = new Map(paths.map(({ path }, place) => [path, place]));
  const placeOf = (path: string) => {
    const place = places.get(path);
    if (place === undefined) throw new Error(`${path} is not in the closure of its bundle`);
    return place;
  };
  return {
    version: BUNDLE_VERSION,
    paths: paths.map(({ path, narSize, references }) => {
      const solo = solos.get(path);
      return [
        storePathWord(path),
        narSize,
        references.map(placeOf),
        solo ? layerJson(solo) : 0,
        ...factsJson(facts.get(path)),
      ];
    }),
    rests: [...rests].map(([hash, layer]) => [hash, layerJson(layer)]),
    steps,
    trees: trees.map(({ path, bytes }) => [placeOf(path), bytes.length]),
    packages: [...popularity.packages],
    roots: [...popularity.roots],
  };
}

function factsJson({ narHash, metadata }: KnownFacts = {}): readonly unknown[] {
  return [narHash ?? 0, metadata ? metadataJson(metadata) : 0];
}

function layerJson({ digest, diffId, size }: Layer): readonly unknown[] {
  return [digestHex(digest), digestHex(diffId), size];
}

/** Undefined for a record that is damaged, too large, or of another version. Nothing in it is believed. */
export async function decodeBundle(record: Uint8Array): Promise<Bundle | undefined> {
  const packed = new Uint8Array(record.subarray(HASH_BYTES));
  if (!isEqual(record.subarray(0, HASH_BYTES), await hashOf(packed))) return undefined;
  const unpacked = await gunzip(packed, MAX_UNPACKED_BYTES);
  if (!unpacked || unpacked.length < LENGTH_BYTES) return undefined;
  const jsonEnd = LENGTH_BYTES + new DataView(unpacked.buffer).getUint32(0);
  if (jsonEnd > unpacked.length) return undefined;
  const json = parseJsonObject(new TextDecoder().decode(unpacked.subarray(LENGTH_BYTES, jsonEnd)));
  return json && json["version"] === BUNDLE_VERSION ? parseBundle(json, unpacked.subarray(jsonEnd)) : undefined;
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
