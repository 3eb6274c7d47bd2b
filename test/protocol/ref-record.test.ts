import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../protocol/json-object.ts";
import { parseRefRecord, type RefRecord, refRecordJson } from "../../protocol/ref-record.ts";
import { refRecord } from "../fuzz/valid.ts";

const RECORD: RefRecord = {
  revision: "5".repeat(40),
  resolvedAt: "2026-01-02T03:04:05.678Z",
  index: `index/0123456789abcdef/${"5".repeat(40)}/`,
  shape: { format: 8, maxStoreLayers: 100, compression: "gzip", popularity: "a".repeat(64) },
  maxImageBytes: 8_589_934_592,
  evaluation: { nixpkgs: "6".repeat(40), nixpkgsConfig: '{"allowUnfree":true}' },
};

/** The record as a reader of the bucket gets it. */
const stored = (record: RefRecord): unknown => parseJson(JSON.stringify(refRecordJson(record)));

test("a record begins with its version", () => {
  expect(JSON.stringify(refRecordJson(RECORD))).toMatch(/^\{"version":1,"revision":/);
});

test("a record comes back as it was written", () => {
  fc.assert(
    fc.property(refRecord, (record) => {
      expect(parseRefRecord(stored(record))).toEqual(record);
    }),
  );
});

test("members that this version does not know are left out", () => {
  expect(parseRefRecord({ ...refRecordJson(RECORD), more: 1 })).toEqual(RECORD);
});

describe("a value of a hostile bucket is no record:", () => {
  const { shape, evaluation } = RECORD;
  test.each<[why: string, change: object]>([
    ["another version", { version: 2 }],
    ["no version", { version: undefined }],
    ["no revision", { revision: undefined }],
    ["an empty revision", { revision: "" }],
    ["a long revision", { revision: "r".repeat(301) }],
    ["a time without a time zone", { resolvedAt: "2026-01-02T03:04:05.678" }],
    ["a time in other words", { resolvedAt: "2 January 2026" }],
    ["a day that no month has", { resolvedAt: "2026-02-30T03:04:05.678Z" }],
    ["a time that is a number", { resolvedAt: 1 }],
    ["an index elsewhere", { index: "blobs/sha256/" }],
    ["an index of one platform", { index: `${RECORD.index}x86_64-linux/` }],
    ["an index that is a number", { index: 1 }],
    ["no shape", { shape: undefined }],
    ["a format of 0", { shape: { ...shape, format: 0 } }],
    ["a format with a part", { shape: { ...shape, format: 8.5 } }],
    ["more layers than an image may have", { shape: { ...shape, maxStoreLayers: 125 } }],
    ["no layers", { shape: { ...shape, maxStoreLayers: 0 } }],
    ["another compression", { shape: { ...shape, compression: "br" } }],
    ["a popularity that is no hash", { shape: { ...shape, popularity: "A".repeat(64) } }],
    ["an image size that is no number", { maxImageBytes: "1" }],
    ["an image size beyond the exact numbers", { maxImageBytes: 2 ** 53 }],
    ["no evaluation", { evaluation: undefined }],
    ["a list as evaluation", { evaluation: [] }],
    ["a nixpkgs that is a number", { evaluation: { ...evaluation, nixpkgs: 1 } }],
    ["a long nixpkgs", { evaluation: { ...evaluation, nixpkgs: "n".repeat(301) } }],
    ["a configuration that is an object", { evaluation: { ...evaluation, nixpkgsConfig: {} } }],
    ["a long configuration", { evaluation: { ...evaluation, nixpkgsConfig: "x".repeat(16_385) } }],
  ])("%s", (_, change) => expect(parseRefRecord({ ...refRecordJson(RECORD), ...change })).toBeUndefined());

  test.each([undefined, null, 1, "x", [[]]])("%j", (value) => expect(parseRefRecord(value)).toBeUndefined());
});
