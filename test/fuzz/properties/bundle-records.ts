import assert from "node:assert/strict";
import * as fc from "fast-check";
import { decodeBundle, encodeBundle } from "../../../image/bundles/bundle-record.ts";
import { gzip } from "../../../image/compression/gzip.ts";
import { joinBytes } from "../../../image/compression/join-bytes.ts";
import { treeBytes } from "../../../image/trees/tree-record.ts";
import { treeWith } from "../../image/trees/entries.ts";
import { mutatedJson } from "../odd-json.ts";
import { type Property, property } from "../property.ts";

const WORDS = ["a", "b"].map((name) => `${"0".repeat(32)}-${name}`);
const LAYER = ["1".repeat(64), "2".repeat(64), 5];
const TREE = treeBytes(treeWith({ "bin/git": "x", lib: { link: "../b" } }));
/** The JSON of a bundle of two paths, each with a tree. */
const VALID = {
  version: 1,
  paths: WORDS.map((word, place) => [word, 100, [1 - place], place === 0 ? LAYER : 0]),
  rests: [["3".repeat(64), LAYER]],
  steps: [0, 1],
  trees: WORDS.map((_, place) => [place, TREE.length]),
  packages: [["a", 0.5]],
  roots: [["a", 1]],
};

async function sealed(json: string, trees: Uint8Array): Promise<Uint8Array> {
  const text = new TextEncoder().encode(json);
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, text.length);
  const packed = await gzip(joinBytes([new Uint8Array(length.buffer), text, trees]));
  return joinBytes([new Uint8Array(await crypto.subtle.digest("SHA-256", packed)), packed]);
}

export const bundleRecords: readonly Property[] = [
  property("bundle-records/any-record", mutatedJson(fc.constant(VALID)), async (json) => {
    const read = await decodeBundle(await sealed(JSON.stringify(json), joinBytes([TREE, TREE])));
    if (!read) return;
    const written = await encodeBundle(read);
    const again = written && (await decodeBundle(written));
    assert.ok(again, "a bundle that was read can be written");
    assert.deepEqual(await encodeBundle(again), written);
    const paths = new Set(read.closure.map(({ path }) => path));
    for (const { references } of read.closure) assert.ok(references.every((reference) => paths.has(reference)));
    for (const path of [...read.trees.keys(), ...read.solos.keys()]) assert.ok(paths.has(path));
  }),
];
