import { describe, expect, test } from "vitest";
import { describeContent, jsonContent } from "../../../image/referrers/json-content.ts";
import { ociManifest } from "../../../image/referrers/oci-manifest.ts";
import { preAuthEncoding } from "../../../image/signatures/dsse-envelope.ts";
import { simpleSigningPayload } from "../../../image/signatures/cosign-signatures.ts";
import { toBase64 } from "../../../image/signing-keys/base64.ts";
import { verifyCosignSignatures } from "../../../image/verification/verify-cosign.ts";
import { verifyEnvelope } from "../../../image/verification/verify-envelope.ts";
import { REFERENCE } from "../signatures/signed-image.ts";
import { CURRENT, readerOf, SIGNED, trusting } from "./signed-by.ts";

// A trusted key has signed these. So only their contents are wrong.

const POLICY = trusting(CURRENT);
const { digest } = SIGNED.image;
const HEX = digest.slice("sha256:".length);
const TYPE = "application/vnd.in-toto+json";

async function verifyPayload(json: string) {
  const payload = await jsonContent("application/vnd.dev.cosign.simplesigning.v1+json", json);
  const signature = await CURRENT.sign(Uint8Array.from(new TextEncoder().encode(json)));
  const annotations = { "dev.cosignproject.cosign/signature": toBase64(signature) };
  const manifest = await ociManifest({
    config: describeContent(payload),
    layers: [describeContent(payload, annotations)],
  });
  return verifyCosignSignatures(manifest.json, readerOf([payload]), POLICY);
}

async function verifyStatementOf(payload: string | Uint8Array) {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const sig = toBase64(await CURRENT.sign(preAuthEncoding(TYPE, bytes)));
  return verifyEnvelope({ payloadType: TYPE, payload: toBase64(bytes), signatures: [{ sig }] }, POLICY);
}

describe("a payload of cosign 2", () => {
  const payload = simpleSigningPayload(digest, REFERENCE);

  test("holds with more members, and in another order", async () => {
    const reordered = `{"optional":{"a":1},${payload.slice(1, payload.indexOf(',"optional"'))}}`;
    expect(await verifyPayload(reordered)).toEqual([{ keyId: CURRENT.keyId }]);
  });

  test.each([
    ["is no JSON", "{"],
    ["has another type", payload.replace("cosign container image signature", "atomic container signature")],
    ["names no image", payload.replace('"image"', '"other"')],
    ["has no critical part", payload.replace('"critical"', '"other"')],
  ])("is refused if it %s", async (_, json) => {
    await expect(verifyPayload(json)).rejects.toMatchObject({ problem: "malformed" });
  });
});

describe("a statement", () => {
  const statement = (members: object) =>
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: REFERENCE, digest: { sha256: HEX } }],
      predicateType: "https://x.example",
      predicate: {},
      ...members,
    });

  test.each([
    ["of version 1", {}],
    ["of version 0.1", { _type: "https://in-toto.io/Statement/v0.1" }],
    [
      "about several images",
      { subject: [{ digest: { sha256: "f".repeat(64) } }, { digest: { sha256: HEX, sha512: "x" } }] },
    ],
  ])("%s holds", async (_, members) => {
    expect(await verifyStatementOf(statement(members))).toMatchObject({ predicateType: "https://x.example" });
  });

  test.each([
    ["no JSON", "{"],
    ["an unknown type", statement({ _type: "https://in-toto.io/Statement/v2" })],
    ["no predicate type", statement({ predicateType: undefined })],
    ["a predicate that is no object", statement({ predicate: [] })],
    ["bytes that are not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d)],
    ["a mark of the byte order", `\uFEFF${statement({})}`],
  ])("with %s is refused", async (_, payload) => {
    await expect(verifyStatementOf(payload)).rejects.toMatchObject({ problem: "malformed" });
  });

  test.each([
    ["no subject", { subject: [] }],
    ["subjects that are no list", { subject: { digest: { sha256: HEX } } }],
    ["a subject without a digest", { subject: [{ name: digest }] }],
    ["the digest under another algorithm", { subject: [{ digest: { sha512: HEX } }] }],
    ["the digest in capitals", { subject: [{ digest: { sha256: HEX.toUpperCase() } }] }],
  ])("with %s is about another image", async (_, members) => {
    await expect(verifyStatementOf(statement(members))).rejects.toMatchObject({ problem: "other-image" });
  });
});
