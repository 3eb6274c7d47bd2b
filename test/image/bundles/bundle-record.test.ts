import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBundle, encodeBundle, MAX_BUNDLE_BYTES } from "../../../image/bundles/bundle-record.ts";
import { gzip } from "../../../image/compression/gzip.ts";
import { joinBytes } from "../../../image/compression/join-bytes.ts";
import { treeBytes } from "../../../image/trees/tree-record.ts";
import type { JsonObject } from "../../../protocol/json-object.ts";
import { storePath } from "../layers/grouping.ts";
import { treeWith } from "../trees/entries.ts";
import { BUNDLE, randomBundles, sortedBundle } from "./bundles.ts";

async function recordOf(bundle = BUNDLE): Promise<Uint8Array> {
  const record = await encodeBundle(bundle);
  if (!record) throw new Error("the bundle is too large");
  return record;
}

/** A record of any bytes. Its hash is right. */
async function sealed(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return joinBytes([new Uint8Array(await crypto.subtle.digest("SHA-256", packed)), packed]);
}

const ZLIB = `${"0".repeat(32)}-zlib-1.3`;
const LAYER = ["1".repeat(64), "2".repeat(64), 5];
const TREE = treeBytes(treeWith({ "bin/git": "x" }));
/** The JSON of a bundle of one path and one tree. */
const JSON_OF_ONE = {
  version: 2,
  paths: [[ZLIB, 1, [0], LAYER, 0, 0]],
  rests: [["3".repeat(64), LAYER]],
  steps: [64],
  trees: [[0, TREE.length]],
  packages: [["zlib", 1]],
  roots: [["zlib", 0]],
};

/** A record with other members in its JSON. `length`: of the JSON, as the record says it. */
async function changed(members: JsonObject, trees = TREE, length?: number): Promise<Uint8Array> {
  // JSON cannot write an infinite number, but a reader takes a very large one for it.
  const text = JSON.stringify({ ...JSON_OF_ONE, ...members }).replaceAll('"HUGE"', "1e999");
  const json = new TextEncoder().encode(text);
  const header = new DataView(new ArrayBuffer(4));
  header.setUint32(0, length ?? json.length);
  return sealed(await gzip(joinBytes([new Uint8Array(header.buffer), json, trees])));
}

/** A record of one path, with these values in its row. */
function pathOfValues(...[word, narSize, references, layer = 0, narHash = 0]: readonly unknown[]): Promise<Uint8Array> {
  return changed({ paths: [[word, narSize, references, layer, narHash, 0]] });
}

test("a record has this form", async () => {
  expect(await decodeBundle(await changed({}))).toMatchObject({ steps: [64], closure: [{ narSize: 1 }] });
});

test("a record is read as the bundle that was written", async () => {
  expect(await decodeBundle(await recordOf())).toEqual(BUNDLE);
});

test("any bundle is read as it was written", async () => {
  await fc.assert(
    fc.asyncProperty(randomBundles, async (bundle) => {
      expect(await decodeBundle(await recordOf(bundle))).toEqual(sortedBundle(bundle));
    }),
    { numRuns: 30 },
  );
});

test("the same bundle gives the same record, whatever the order of its closure", async () => {
  const closure = BUNDLE.closure.toReversed();
  expect(await recordOf({ ...BUNDLE, closure })).toEqual(await recordOf());
});

test("a bundle with a reference out of its closure cannot be written", async () => {
  const closure = [...BUNDLE.closure, storePath("x", 1, ["y"])];
  await expect(encodeBundle({ ...BUNDLE, closure })).rejects.toThrow("y is not in the closure of its bundle");
});

test("a bundle that is too large for a record is not written", async () => {
  // Random texts do not shrink.
  const words = Array.from({ length: 60_000 }, () => crypto.getRandomValues(new Uint32Array(16)).join(""));
  const packages = new Map(words.map((word) => [word, 0.5]));
  expect(MAX_BUNDLE_BYTES).toBeLessThan(60_000 * 70);
  expect(await encodeBundle({ ...BUNDLE, popularity: { packages, roots: new Map() } })).toBeUndefined();
});

describe("a record counts as missing", () => {
  test("with any byte changed", async () => {
    const record = await recordOf();
    for (let at = 0; at < record.length; at += 1) {
      const damaged = record.map((byte, place) => (place === at ? byte ^ 1 : byte));
      expect(await decodeBundle(damaged)).toBeUndefined();
    }
  });

  test("at any shorter length", async () => {
    const record = await recordOf();
    for (let length = 0; length < record.length; length += 1)
      expect(await decodeBundle(record.subarray(0, length))).toBeUndefined();
  });

  const rows: readonly [string, () => Promise<Uint8Array>][] = [
    ["of another version", () => changed({ version: 1 })],
    ["without a version", () => changed({ version: undefined })],
    ["that is not compressed", () => sealed(new TextEncoder().encode("bundle"))],
    ["that is empty", async () => sealed(await gzip(new Uint8Array()))],
    ["with a JSON that ends after the record", () => changed({}, TREE, 1_000_000)],
    ["with half a JSON", () => changed({}, TREE, 50)],
    ["with a path that is no store path", () => pathOfValues("zlib", 1, [])],
    ["with a path that leads out of the store", () => pathOfValues(`${ZLIB}/../x`, 1, [])],
    ["with a path twice", () => changed({ paths: [1, 2].map((size) => [ZLIB, size, [], 0, 0, 0]) })],
    ["with a negative size", () => pathOfValues(ZLIB, -1, [])],
    ["with half a byte", () => pathOfValues(ZLIB, 0.5, [])],
    ["with an infinite size", () => pathOfValues(ZLIB, "HUGE", [])],
    ["with a size that no number holds exactly", () => pathOfValues(ZLIB, 2 ** 53, [])],
    ["without references", () => pathOfValues(ZLIB, 1, undefined)],
    ["with a reference to no path", () => pathOfValues(ZLIB, 1, [7])],
    ["with a reference that is no place", () => pathOfValues(ZLIB, 1, ["0"])],
    ["with a layer without digits", () => pathOfValues(ZLIB, 1, [], ["x", "y", 1])],
    ["with a layer with a negative size", () => pathOfValues(ZLIB, 1, [], [LAYER[0], LAYER[1], -1])],
    ["with a hash of another form", () => pathOfValues(ZLIB, 1, [], 0, "a")],
    ["with a rest layer without a hash", () => changed({ rests: [["x", LAYER]] })],
    ["with a step that is too high", () => changed({ steps: [65] })],
    ["with an infinite step", () => changed({ steps: ["HUGE"] })],
    ["with a share above 1", () => changed({ packages: [["zlib", 1.5]] })],
    ["with a negative share", () => changed({ roots: [["git", -0.5]] })],
    ["with an infinite share", () => changed({ roots: [["git", "HUGE"]] })],
    ["with a share of no name", () => changed({ packages: [[1, 0.5]] })],
    ["with a tree of no path", () => changed({ trees: [[1, TREE.length]] })],
    ["with bytes of no tree", () => changed({ trees: [] })],
    ["with a tree that ends after the record", () => changed({ trees: [[0, 1_000_000]] })],
    ["with a tree of a negative length", () => changed({ trees: [[0, -1]] })],
    ["with a tree that is none", () => changed({}, new Uint8Array(TREE.length))],
  ];
  test.each(rows)("%s", async (_, make) => {
    expect(await decodeBundle(await make())).toBeUndefined();
  });

  test("that is small and becomes huge", async () => {
    expect(await decodeBundle(await sealed(await gzip(new Uint8Array(17_000_000))))).toBeUndefined();
  });

  test("with more trees than an isolate should hold", async () => {
    const withTrees = (count: number) =>
      changed(
        { trees: Array.from({ length: count }, () => [0, TREE.length]) },
        joinBytes(Array.from({ length: count }, () => TREE)),
      );
    expect(await decodeBundle(await withTrees(10))).toBeDefined();
    expect(await decodeBundle(await withTrees(20_000))).toBeUndefined();
  });
});
