import { expect, test } from "vitest";
import { sha256Digest } from "../../protocol/digest.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";

const RECORD = {
  manifests: { oci: sha256Digest("0".repeat(64)), docker: sha256Digest("1".repeat(64)) },
  revision: "abc",
  resolvedAt: "2026-11-01T00:00:00.000Z",
};
const LEFT_OUT = [{ architecture: "arm64", reason: "git is not available for arm64" }];

test.each([
  ["an image", RECORD],
  ["a list that lacks an architecture", { ...RECORD, leftOut: LEFT_OUT }],
])("the record of %s passes through as it is", (_, record) => {
  expect(parseTagRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
});

test("a list that lacks nothing says nothing of it", () => {
  expect(parseTagRecord({ ...RECORD, leftOut: [] })).toEqual(RECORD);
});

test("unknown members are left out", () => {
  expect(parseTagRecord({ ...RECORD, more: 1, leftOut: [{ ...LEFT_OUT[0], more: 1 }] })).toEqual({
    ...RECORD,
    leftOut: LEFT_OUT,
  });
});

test.each([
  ["null", null],
  ["no manifests", { ...RECORD, manifests: undefined }],
  ["one manifest", { ...RECORD, manifests: { oci: RECORD.manifests.oci } }],
  ["a revision that is no text", { ...RECORD, revision: 1 }],
  ["no time", { ...RECORD, resolvedAt: undefined }],
  ["left-out architectures that are no list", { ...RECORD, leftOut: LEFT_OUT[0] }],
  ["an unknown architecture", { ...RECORD, leftOut: [{ ...LEFT_OUT[0], architecture: "riscv64" }] }],
  ["a list as architecture", { ...RECORD, leftOut: [{ ...LEFT_OUT[0], architecture: "amd64+arm64" }] }],
  ["no reason", { ...RECORD, leftOut: [{ architecture: "arm64" }] }],
  ["one that is malformed among others", { ...RECORD, leftOut: [...LEFT_OUT, null] }],
])("it is no record: %s", (_, value) => {
  expect(parseTagRecord(value)).toBeNull();
});
