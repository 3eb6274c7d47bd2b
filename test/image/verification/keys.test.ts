import { describe, expect, test } from "vitest";
import type { Policy } from "../../../image/verification/policy.ts";
import { verifyBundleArtifact } from "../../../image/verification/verify-bundle.ts";
import { verifyCosignAttestations, verifyCosignSignatures } from "../../../image/verification/verify-cosign.ts";
import type { SignedImage } from "../signatures/signed-image.ts";
import { CURRENT, OLD, OTHER, readerOf, SIGNED, SIGNED_TWICE, trusting, trustingFor } from "./signed-by.ts";

const FORMS = [
  {
    form: "a signature of cosign 2",
    verify: async ({ signatures: { manifest, blobs } }: SignedImage, policy: Policy) =>
      verifyCosignSignatures(manifest.json, readerOf(blobs), policy),
  },
  {
    form: "an attestation of cosign 2",
    verify: async ({ attestations: { manifest, blobs } }: SignedImage, policy: Policy) =>
      verifyCosignAttestations(manifest.json, readerOf(blobs), policy),
  },
  {
    form: "a bundle",
    verify: async ({ referrers: [bundle] }: SignedImage, policy: Policy) => {
      if (!bundle) throw new Error("the image has no bundle");
      return [await verifyBundleArtifact(bundle.manifest.json, readerOf(bundle.blobs), policy)];
    },
  },
];

describe.each(FORMS)("$form", ({ verify }) => {
  test.each([
    ["the key", trusting(CURRENT)],
    ["the key among others", trusting(OTHER, CURRENT, OLD)],
    ["a key that expires tomorrow", trustingFor(1, CURRENT)],
  ])("holds with %s", async (_, policy) => {
    expect(await verify(SIGNED, policy)).toMatchObject([{ keyId: CURRENT.keyId }]);
  });

  test.each([
    ["no key", trusting(), "missing-key"],
    ["another key", trusting(OTHER), "wrong-signature"],
    ["a key that expired yesterday", trustingFor(-1, CURRENT), "expired-key"],
    ["a key that expires now", trustingFor(0, CURRENT), "expired-key"],
    ["another key that expired, too", trustingFor(-1, OTHER), "wrong-signature"],
  ])("does not hold with %s", async (_, policy, problem) => {
    await expect(verify(SIGNED, policy)).rejects.toMatchObject({ name: "VerificationError", problem });
  });
});

describe("while keys are rotated", () => {
  const { signatures, attestations, referrers } = SIGNED_TWICE;

  test.each([
    ["old", OLD],
    ["new", CURRENT],
  ])("the %s key alone is enough for cosign 2", async (_, signer) => {
    const policy = trusting(signer);
    const signed = await verifyCosignSignatures(signatures.manifest.json, readerOf(signatures.blobs), policy);
    const attested = await verifyCosignAttestations(attestations.manifest.json, readerOf(attestations.blobs), policy);
    expect([...signed, ...attested]).toMatchObject([{ keyId: signer.keyId }, { keyId: signer.keyId }]);
  });

  test("each key has bundles of its own", async () => {
    const [first, second] = referrers;
    for (const [bundle, signer, other] of [
      [first, OLD, CURRENT],
      [second, CURRENT, OLD],
    ] as const) {
      const verify = async (policy: Policy) =>
        verifyBundleArtifact(bundle?.manifest.json ?? "", readerOf(bundle?.blobs ?? []), policy);
      expect(await verify(trusting(signer))).toMatchObject({ keyId: signer.keyId });
      await expect(verify(trusting(other))).rejects.toMatchObject({ problem: "wrong-signature" });
    }
  });

  test("both signatures of an image are reported", async () => {
    const verified = await verifyCosignSignatures(
      signatures.manifest.json,
      readerOf(signatures.blobs),
      trusting(OLD, CURRENT),
    );
    expect(verified).toEqual([{ keyId: OLD.keyId }, { keyId: CURRENT.keyId }]);
  });
});
