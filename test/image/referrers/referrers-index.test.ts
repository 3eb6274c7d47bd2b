import { describe, expect, test } from "vitest";
import { parseReferrersIndex, referrersIndex } from "../../../image/referrers/referrers-index.ts";
import { matching } from "../../matchers.ts";
import { digestOfDigit, entryOf } from "./documents.ts";

const ENTRIES = [entryOf("b", "1"), entryOf("a", "3", { z: "1", y: "2" }), entryOf("a", "2")];
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

test("the list is fixed to the byte, and sorted by type and digest", async () => {
  const expected =
    `{"schemaVersion":2,"mediaType":"${INDEX}","manifests":[` +
    `{"mediaType":"${MANIFEST}","digest":"${digestOfDigit("2")}","size":1000,"artifactType":"a"},` +
    `{"mediaType":"${MANIFEST}","digest":"${digestOfDigit("3")}","size":1000,"annotations":{"y":"2","z":"1"},"artifactType":"a"},` +
    `{"mediaType":"${MANIFEST}","digest":"${digestOfDigit("1")}","size":1000,"artifactType":"b"}]}`;
  expect((await referrersIndex(ENTRIES)).json).toBe(expected);
  expect((await referrersIndex(ENTRIES.toReversed())).json).toBe(expected);
});

test("nothing refers to the subject: an empty list", async () => {
  const { json } = await referrersIndex([]);
  expect(json).toBe(`{"schemaVersion":2,"mediaType":"${INDEX}","manifests":[]}`);
  expect(parseReferrersIndex(json)).toEqual([]);
});

test("a new artifact joins the stored ones, and one that is there stays once", async () => {
  const stored = parseReferrersIndex((await referrersIndex(ENTRIES)).json);
  const joined = await referrersIndex([...(stored ?? []), entryOf("c", "4"), entryOf("a", "2")]);
  expect(parseReferrersIndex(joined.json)).toEqual([ENTRIES[2], ENTRIES[1], ENTRIES[0], entryOf("c", "4")]);
});

test("a list that is too large for clients is an error", async () => {
  const entries = [entryOf("a", "1", { a: "x".repeat(4_194_304) })];
  await expect(referrersIndex(entries)).rejects.toMatchObject({
    message: matching(/^clients refuse a manifest of \d+ bytes$/),
  });
});

describe("a stored list that is damaged counts as missing", () => {
  const entry = { ...entryOf("a", "1") };
  const list = (manifests: unknown, mediaType = INDEX) => JSON.stringify({ schemaVersion: 2, mediaType, manifests });

  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["another media type", list([], MANIFEST)],
    ["no list of manifests", list({})],
    ["an entry that is no object", list([entry, null])],
    ["an entry without a type", list([{ ...entry, artifactType: undefined }])],
    ["an entry without a media type", list([{ ...entry, mediaType: undefined }])],
    ["an entry whose digest is malformed", list([{ ...entry, digest: "sha256:ab" }])],
    ["an entry of a negative size", list([{ ...entry, size: -1 }])],
    ["an annotation that is no text", list([{ ...entry, annotations: { a: 1 } }])],
    ["annotations that are a list", list([{ ...entry, annotations: [] }])],
    ["too large", list([{ ...entry, annotations: { a: "x".repeat(4_194_304) } }])],
  ])("%s", (_, text) => {
    expect(parseReferrersIndex(text)).toBeNull();
  });
});
