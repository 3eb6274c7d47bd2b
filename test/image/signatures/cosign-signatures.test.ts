import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import { cosignSignatures, simpleSigningPayload } from "../../../image/signatures/cosign-signatures.ts";
import { fixedSigner, SIGNATURE_01, SIGNATURE_FF } from "./fixed-signer.ts";

const IMAGE = sha256Digest("a".repeat(64));
const REFERENCE = "registry.example:5000/shell/git";
const PAYLOAD =
  `{"critical":{"identity":{"docker-reference":"${REFERENCE}"},` +
  `"image":{"docker-manifest-digest":"${IMAGE}"},"type":"cosign container image signature"},"optional":null}`;

test("the payload is cosign's, byte for byte", () => {
  expect(simpleSigningPayload(IMAGE, REFERENCE)).toBe(PAYLOAD);
});

test.each(["", "a b", "a&b", "a<b", 'a"b', "a\u2028b", "größe"])("%j is no reference", (reference) => {
  expect(() => simpleSigningPayload(IMAGE, reference)).toThrow("not a repository");
});

describe("signed", async () => {
  const signers = [fixedSigner(0x01, "one"), fixedSigner(0xff, "two")] as const;
  const { tag, manifest, blobs } = await cosignSignatures({ image: IMAGE, reference: REFERENCE, signers });
  const [config, payload] = blobs;

  test("the tag is cosign's", () => {
    expect(tag).toBe(`sha256-${"a".repeat(64)}.sig`);
  });

  test("each key signs the payload", () => {
    expect(signers.map(({ signed }) => signed)).toEqual([[PAYLOAD], [PAYLOAD]]);
  });

  test("each key has a layer with its signature", () => {
    const layer = (signature: string) =>
      `{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"${payload?.digest}",` +
      `"size":${PAYLOAD.length},"annotations":{"dev.cosignproject.cosign/signature":"${signature}"}}`;
    expect(manifest.json).toBe(
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` +
        `"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${config?.digest}","size":${config?.size}},` +
        `"layers":[${layer(SIGNATURE_01)},${layer(SIGNATURE_FF)}]}`,
    );
  });

  test("the config is cosign's", () => {
    const time = "0001-01-01T00:00:00Z";
    expect(config?.json).toBe(
      `{"architecture":"","created":"${time}","history":[{"created":"${time}"},{"created":"${time}"}],"os":"",` +
        `"rootfs":{"type":"layers","diff_ids":["${payload?.digest}","${payload?.digest}"]},"config":{}}`,
    );
  });

  test("the payload is stored once", () => {
    expect(blobs.map(({ json }) => json)).toEqual([config?.json, PAYLOAD]);
  });
});
