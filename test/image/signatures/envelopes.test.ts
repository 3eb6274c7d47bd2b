import { describe, expect, test } from "vitest";
import { statement } from "../../../image/referrers/statement.ts";
import { cosignAttestations } from "../../../image/signatures/cosign-attestations.ts";
import { preAuthEncoding, signStatement } from "../../../image/signatures/dsse-envelope.ts";
import { bundledSignatures, sigstoreBundles } from "../../../image/signatures/sigstore-bundle.ts";
import { manifestOf } from "../referrers/documents.ts";
import { fixedSigner, SIGNATURE_01, SIGNATURE_FF } from "./fixed-signer.ts";

const IMAGE = manifestOf("a");
const TYPE = "https://slsa.dev/provenance/v1";
const STATEMENT = await statement({ subjects: [IMAGE], predicateType: TYPE, predicate: { a: "é" } });
/** `btoa` takes each byte as a character. */
const PAYLOAD = btoa(String.fromCharCode(...new TextEncoder().encode(STATEMENT.json)));

const envelope = (...signatures: string[]) =>
  `{"payloadType":"application/vnd.in-toto+json","payload":"${PAYLOAD}",` +
  `"signatures":[${signatures.map((sig) => `{"keyid":"","sig":"${sig}"}`).join(",")}]}`;

test("the signed bytes are those of DSSE's own example", () => {
  const body = new TextEncoder().encode("hello world");
  const signed = preAuthEncoding("http://example.com/HelloWorld", body);
  expect(new TextDecoder().decode(signed)).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
});

test("lengths count bytes, not characters", () => {
  const signed = preAuthEncoding("é", new TextEncoder().encode("ß"));
  expect(new TextDecoder().decode(signed)).toBe("DSSEv1 2 é 2 ß");
});

test("an envelope has a signature of each key, without the key's id", async () => {
  const signers = [fixedSigner(0x01, "one"), fixedSigner(0xff, "two")] as const;
  const made = await signStatement(STATEMENT, signers);
  expect(JSON.stringify(made.envelope)).toBe(envelope(SIGNATURE_01, SIGNATURE_FF));
  const signed = `DSSEv1 28 application/vnd.in-toto+json ${STATEMENT.size} ${STATEMENT.json}`;
  expect(signers.map((signer) => signer.signed)).toEqual([[signed], [signed]]);
});

test("cosign 2 finds an envelope in each layer", async () => {
  const other = await statement({ subjects: [IMAGE], predicateType: "https://spdx.dev/Document", predicate: {} });
  const { tag, manifest, blobs } = await cosignAttestations({
    image: IMAGE.digest,
    statements: await Promise.all([STATEMENT, other].map((made) => signStatement(made, [fixedSigner(0x01, "one")]))),
  });
  expect(tag).toBe(`sha256-${"a".repeat(64)}.att`);
  const [config, first, second] = blobs;
  expect(first?.json).toBe(envelope(SIGNATURE_01));
  const layer = (blob: typeof first, type: string) =>
    `{"mediaType":"application/vnd.dsse.envelope.v1+json","digest":"${blob?.digest}","size":${blob?.size},` +
    `"annotations":{"dev.cosignproject.cosign/signature":"","predicateType":"${type}"}}`;
  expect(manifest.json).toBe(
    `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` +
      `"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${config?.digest}","size":${config?.size}},` +
      `"layers":[${layer(first, TYPE)},${layer(second, "https://spdx.dev/Document")}]}`,
  );
});

test("each key has a bundle with its signature, which names the key by its hint", async () => {
  const signers = [fixedSigner(0x01, "aGludA=="), fixedSigner(0xff, "b3RoZXI=")] as const;
  const bundle = (hint: string, signature: string) =>
    `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",` +
    `"verificationMaterial":{"publicKey":{"hint":"${hint}"}},"dsseEnvelope":${envelope(signature)}}`;
  expect(sigstoreBundles(await signStatement(STATEMENT, signers))).toEqual([
    bundle("aGludA==", SIGNATURE_01),
    bundle("b3RoZXI=", SIGNATURE_FF),
  ]);
});

describe("the signature of an image for cosign 3", async () => {
  const signers = [fixedSigner(0x01, "one"), fixedSigner(0xff, "two")] as const;
  const bundles = await bundledSignatures(IMAGE, signers);

  test("is a statement that says nothing else", () => {
    const json =
      `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${"a".repeat(64)}"}}],` +
      `"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`;
    const signed = `DSSEv1 28 application/vnd.in-toto+json ${json.length} ${json}`;
    expect(signers.map((signer) => signer.signed)).toEqual([[signed], [signed]]);
  });

  test("is a referrer for each key", () => {
    for (const { entry } of bundles)
      expect(entry).toMatchObject({
        artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
        annotations: {
          "dev.sigstore.bundle.content": "dsse-envelope",
          "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
        },
      });
    expect(new Set(bundles.map(({ manifest }) => manifest.digest)).size).toBe(2);
  });

  test("has the bundle as its only layer", () => {
    for (const { blobs } of bundles)
      expect(blobs.map(({ mediaType }) => mediaType)).toEqual([
        "application/vnd.oci.empty.v1+json",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
      ]);
  });
});
