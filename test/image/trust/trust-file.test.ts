import { describe, expect, test } from "vitest";
import { gzip } from "../../../image/compression/gzip.ts";
import { documentsOf } from "../../../image/trust/image-documents.ts";
import { decodeTrust, encodeTrust } from "../../../image/trust/trust-file.ts";
import type { TrustRecord } from "../../../image/trust/trust-record.ts";
import type { JsonObject } from "../../../protocol/json-object.ts";
import { OCI, SIGNED } from "./records.ts";

async function fileOf(record: TrustRecord): Promise<Uint8Array> {
  const file = await encodeTrust(record);
  if (!file) throw new Error("the record is too large");
  return file;
}

const HASH = "a".repeat(64);
const VALID = {
  version: 1,
  subjects: [OCI],
  reference: "registry.example/git",
  documents: { spdx: "{}", cyclonedx: "{}", provenance: "{}" },
  keys: [["key", [[HASH, "MEUC"]]]],
};

/** A file with other members in its JSON. */
async function changed(members: JsonObject): Promise<Uint8Array> {
  return gzip(Uint8Array.from(new TextEncoder().encode(JSON.stringify({ ...VALID, ...members }))));
}

test("a file has this form", async () => {
  expect(await decodeTrust(await changed({}))).toMatchObject({ subjects: [OCI], keys: [{ keyId: "key" }] });
});

test.each([
  ["with documents and signatures", SIGNED],
  ["without documents", { ...SIGNED, documents: undefined }],
  ["without signatures", { ...SIGNED, keys: [] }],
])("a record %s is read as it was written", async (_, record) => {
  expect(await decodeTrust(await fileOf(record))).toEqual(record);
});

test("a record that is too large for a Worker is not written", async () => {
  const documents = await documentsOf({ spdx: "x".repeat(9_000_000), cyclonedx: "{}", provenance: "{}" });
  expect(await encodeTrust({ ...SIGNED, documents })).toBeUndefined();
});

describe("a file counts as missing", () => {
  test("at any shorter length", async () => {
    const file = await fileOf(SIGNED);
    for (let length = 0; length < file.length; length += 7)
      expect(await decodeTrust(file.subarray(0, length))).toBeUndefined();
  });

  test("that becomes huge", async () => {
    expect(await decodeTrust(await gzip(new Uint8Array(9_000_000)))).toBeUndefined();
  });

  const signatures = (count: number) => Array.from({ length: count }, () => [HASH, "MEUC"]);
  test.each<[string, JsonObject]>([
    ["of another version", { version: 2 }],
    ["without a subject", { subjects: [] }],
    ["with three subjects", { subjects: [OCI, OCI, OCI] }],
    ["with a subject without a digest", { subjects: [{ ...OCI, digest: "sha256:0" }] }],
    ["without a reference", { reference: 1 }],
    ["with a document that is no text", { documents: { ...VALID.documents, spdx: {} } }],
    ["with a document too few", { documents: { spdx: "{}" } }],
    ["with too many keys", { keys: Array.from({ length: 9 }, () => ["key", []]) }],
    ["with too many signatures", { keys: [["key", signatures(17)]] }],
    ["with a key without an id", { keys: [[1, []]] }],
    ["with a key id of several lines", { keys: [["a\nb", []]] }],
    ["with a signature of no hash", { keys: [["key", [["a", "MEUC"]]]] }],
    ["with a signature that is not base64", { keys: [["key", [[HASH, "?"]]]] }],
  ])("%s", async (_, members) => {
    expect(await decodeTrust(await changed(members))).toBeUndefined();
  });
});
