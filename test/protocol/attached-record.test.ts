import { expect, test } from "vitest";
import { attachedRecordJson, parseAttachedRecord } from "../../protocol/attached-record.ts";
import { sha256Digest } from "../../protocol/digest.ts";

const DIGEST = sha256Digest("0123456789abcdef".repeat(4));

test("a record has its version and the digest, because other programs read it", () => {
  expect(JSON.stringify(attachedRecordJson(DIGEST))).toBe(`{"version":1,"digest":"${DIGEST}"}`);
});

test("the reader gives the digest that was written", () => {
  expect(parseAttachedRecord(JSON.parse(JSON.stringify(attachedRecordJson(DIGEST))))).toBe(DIGEST);
});

test.each([
  ["nothing", undefined],
  ["a text", DIGEST],
  ["a record of another version", { version: 2, digest: DIGEST }],
  ["a record without a version", { digest: DIGEST }],
  ["a record without a digest", { version: 1 }],
  ["a digest of another algorithm", { version: 1, digest: `sha512:${"0".repeat(128)}` }],
  ["a digest that is a list", { version: 1, digest: [DIGEST] }],
])("%s counts as missing", (_, value) => {
  expect(parseAttachedRecord(value)).toBeUndefined();
});
