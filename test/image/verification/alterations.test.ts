import { describe, expect, test } from "vitest";
import { jsonContent } from "../../../image/referrers/json-content.ts";
import { SIGN_PREDICATE_TYPE } from "../../../image/referrers/artifact-types.ts";
import { statement } from "../../../image/referrers/statement.ts";
import type { StoredManifest } from "../../../image/referrers/oci-manifest.ts";
import { cosignAttestations } from "../../../image/signatures/cosign-attestations.ts";
import { signStatement } from "../../../image/signatures/dsse-envelope.ts";
import { verifyBundleArtifact } from "../../../image/verification/verify-bundle.ts";
import { verifyCosignAttestations, verifyCosignSignatures } from "../../../image/verification/verify-cosign.ts";
import { digestOfDigit } from "../referrers/documents.ts";
import { PREDICATE_TYPE } from "../signatures/signed-image.ts";
import { CURRENT, readerOf, SIGNED, trusting } from "./signed-by.ts";

const POLICY = trusting(CURRENT);
const { signatures, attestations, referrers, image } = SIGNED;
const [signatureBundle, attestationBundle, sbom] = referrers;

/** A manifest whose blobs are changed, with the digests that belong to the changed bytes. */
async function altered({ manifest, blobs }: StoredManifest, change: (json: string) => string): Promise<StoredManifest> {
  const changed = await Promise.all(blobs.map(async ({ mediaType, json }) => jsonContent(mediaType, change(json))));
  const json = blobs.reduce((text, { digest, size }, index) => {
    const now = changed[index];
    return text.replaceAll(`"${digest}","size":${size}`, `"${now?.digest}","size":${now?.size}`);
  }, manifest.json);
  return { manifest: await jsonContent(manifest.mediaType, json), blobs: changed };
}

/** Puts another text in the place of a part, which must be there. */
function replaced(part: string | RegExp, by: string): (json: string) => string {
  return (json) => json.replace(part, by);
}

/** Puts another sign of base64 in the place of one. */
function otherSign(sign: RegExp): (json: string) => string {
  return (json) => json.replace(sign, (found) => (found === "A" ? "B" : "A"));
}

/** Changes the statement in an envelope. */
function inPayload(change: (json: string) => string): (json: string) => string {
  return (json) => json.replace(/(?<="payload":")[^"]+/, (base64) => btoa(change(atob(base64))));
}

const signatureOf = async ({ manifest, blobs }: StoredManifest, policy = POLICY) =>
  verifyCosignSignatures(manifest.json, readerOf(blobs), policy);
const attestationOf = async ({ manifest, blobs }: StoredManifest, policy = POLICY) =>
  verifyCosignAttestations(manifest.json, readerOf(blobs), policy);
const bundleOf = async ({ manifest, blobs }: StoredManifest, policy = POLICY) =>
  verifyBundleArtifact(manifest.json, readerOf(blobs), policy);

test("what nobody has altered holds, and tells what was signed", async () => {
  const provenance = { predicateType: PREDICATE_TYPE, keyId: CURRENT.keyId, predicate: { runDetails: {} } };
  expect(await signatureOf(signatures)).toEqual([{ keyId: CURRENT.keyId }]);
  expect(await attestationOf(attestations)).toMatchObject([provenance]);
  if (!signatureBundle || !attestationBundle) throw new Error("the image has no bundles");
  expect(await bundleOf(attestationBundle)).toMatchObject(provenance);
  expect(await bundleOf(signatureBundle)).toMatchObject({ predicateType: SIGN_PREDICATE_TYPE, predicate: {} });
});

describe.each([
  { form: "a signature", stored: signatures, verify: signatureOf },
  { form: "an attestation", stored: attestations, verify: attestationOf },
  { form: "a bundle", stored: attestationBundle, verify: bundleOf },
])("$form", ({ stored, verify }) => {
  if (!stored) throw new Error("the image has no bundle");
  const { manifest, blobs } = stored;

  test("for another image is refused", async () => {
    const policy = { ...POLICY, image: digestOfDigit("f") };
    await expect(verify(stored, policy)).rejects.toMatchObject({ problem: "other-image" });
  });

  test("whose blob is missing is refused", async () => {
    await expect(verify({ manifest, blobs: [] })).rejects.toMatchObject({ problem: "missing-blob" });
  });

  test.each([
    ["other bytes", (json: string) => json.replace("{", "[")],
    ["more bytes", (json: string) => `${json} `],
    ["no bytes", () => ""],
  ])("whose blob has %s than its digest is refused", async (_, change) => {
    const changed = blobs.map((blob) => ({ ...blob, json: change(blob.json) }));
    await expect(verify({ manifest, blobs: changed })).rejects.toMatchObject({ problem: "altered" });
  });

  test.each(["", "{", "[]", '{"layers":[]}'])("in the manifest %j is refused", async (json) => {
    await expect(verify({ manifest: { ...manifest, json }, blobs })).rejects.toMatchObject({ problem: "malformed" });
  });
});

describe("a signature of cosign 2", () => {
  test.each([
    ["another digest in the payload", replaced(image.digest, digestOfDigit("f")), "wrong-signature"],
    ["another reference in the payload", replaced("registry.example", "registry.evil.xx"), "wrong-signature"],
    ["a space more in the payload", replaced('{"critical"', '{ "critical"'), "wrong-signature"],
  ])("with %s does not hold", async (_, change, problem) => {
    await expect(signatureOf(await altered(signatures, change))).rejects.toMatchObject({ problem });
  });

  test.each([
    ["another annotation", replaced(/(cosign\/signature":")[^"]+/, "$1AAAA"), "malformed"],
    ["no base64 in the annotation", replaced(/(cosign\/signature":")[^"]+/, "$1?"), "malformed"],
    ["another sign in the annotation", otherSign(/(?<=cosign\/signature":"[^"]{40})./), "wrong-signature"],
    ["no annotation", replaced("dev.cosignproject.cosign/signature", "other"), "malformed"],
    ["another media type", replaced("simplesigning", "other"), "malformed"],
  ])("with %s does not hold", async (_, change, problem) => {
    const { manifest, blobs } = signatures;
    const json = change(manifest.json);
    expect(json).not.toBe(manifest.json);
    await expect(signatureOf({ manifest: { ...manifest, json }, blobs })).rejects.toMatchObject({ problem });
  });

  test("is not one of the attestations", async () => {
    await expect(attestationOf(signatures)).rejects.toMatchObject({ problem: "malformed" });
  });
});

describe.each([
  { form: "an attestation of cosign 2", stored: attestations, verify: attestationOf },
  { form: "a bundle", stored: attestationBundle, verify: bundleOf },
])("$form", ({ stored, verify }) => {
  if (!stored) throw new Error("the image has no bundle");

  test.each([
    ["another predicate", inPayload(replaced("git", "evil")), "wrong-signature"],
    ["another subject", inPayload(replaced(/[0-9a-f]{64}/, "f".repeat(64))), "wrong-signature"],
    ["another type of payload", replaced("vnd.in-toto+json", "vnd.other+json"), "malformed"],
    ["no payload", replaced('"payload"', '"other"'), "malformed"],
    ["no signature", replaced(/"signatures":\[[^\]]*\]/, '"signatures":[]'), "malformed"],
    ["signatures that are no list", replaced(/"signatures":\[[^\]]*\]/, '"signatures":{}'), "malformed"],
    [
      "too many signatures",
      replaced(/"signatures":\[[^\]]*\]/, `"signatures":[${Array(11).fill("{}").join()}]`),
      "malformed",
    ],
    ["a signature that is no object", replaced(/"signatures":\[[^\]]*\]/, '"signatures":[1]'), "malformed"],
    ["a signature that is no base64", replaced(/"sig":"[^"]+/, '"sig":"?'), "malformed"],
    ["a signature of other numbers", replaced(/"sig":"[^"]+/, '"sig":"MAYCAQECAQE='), "wrong-signature"],
  ])("with %s does not hold", async (_, change, problem) => {
    const changed = await altered(stored, change);
    expect(changed.manifest.json).not.toBe(stored.manifest.json);
    await expect(verify(changed)).rejects.toMatchObject({ problem });
  });

  test("whose annotation names another predicate is refused", async () => {
    const json = stored.manifest.json.replace(PREDICATE_TYPE, "https://spdx.dev/Document");
    const changed = { ...stored, manifest: { ...stored.manifest, json } };
    await expect(verify(changed)).rejects.toMatchObject({ problem: "wrong-annotation" });
  });

  test("holds in the alphabet for URLs, which envelopes may have", async () => {
    const changed = await altered(stored, (json) =>
      json.replace(/(?<="sig":")[^"]+/, (sig) => sig.replaceAll("+", "-").replaceAll("/", "_")),
    );
    expect([await verify(changed)].flat()).toMatchObject([{ keyId: CURRENT.keyId }]);
  });
});

describe("a bundle", () => {
  if (!attestationBundle) throw new Error("the image has no bundle");

  test.each([
    ["another version", replaced("bundle.v0.3+json", "bundle.v0.2+json")],
    ["a certificate", replaced('"publicKey":{', '"certificate":{')],
    ["two signatures", (json: string) => json.replace(/"signatures":\[([^\]]*)\]/, '"signatures":[$1,$1]')],
    ["no material", replaced('"verificationMaterial"', '"other"')],
    ["no envelope", replaced('"dsseEnvelope"', '"messageSignature"')],
  ])("with %s is refused", async (_, change) => {
    await expect(bundleOf(await altered(attestationBundle, change))).rejects.toMatchObject({ problem: "malformed" });
  });

  test("in an artifact of another subject is refused", async () => {
    const json = attestationBundle.manifest.json.replace(image.digest, digestOfDigit("f"));
    const changed = { ...attestationBundle, manifest: { ...attestationBundle.manifest, json } };
    await expect(bundleOf(changed)).rejects.toMatchObject({ problem: "other-image" });
  });

  test("is not an artifact of another type", async () => {
    if (!sbom) throw new Error("the image has no SBOM");
    await expect(bundleOf(sbom)).rejects.toMatchObject({ problem: "malformed" });
  });
});

test("an envelope of cosign 2 holds beside a signature that does not, and with any hint of the key", async () => {
  const more = '"signatures":[{"keyid":"x","sig":"MAYCAQECAQE="},';
  const changed = await altered(attestations, replaced('"signatures":[', more));
  expect(await attestationOf(changed)).toMatchObject([{ keyId: CURRENT.keyId }]);
});

describe("of several statements", () => {
  const attested = async (...digits: string[]) => {
    const statements = digits.map(async (digit) => {
      const subjects = [{ digest: digit === "image" ? image.digest : digestOfDigit(digit) }] as const;
      return signStatement(await statement({ subjects, predicateType: PREDICATE_TYPE, predicate: { digit } }), [
        CURRENT,
      ]);
    });
    return cosignAttestations({ image: image.digest, statements: await Promise.all(statements) });
  };

  test("those about another image are left out", async () => {
    expect(await attestationOf(await attested("b", "image", "c"))).toMatchObject([{ predicate: { digit: "image" } }]);
  });

  test("none is about the image: refused", async () => {
    await expect(attestationOf(await attested("b", "c"))).rejects.toMatchObject({ problem: "other-image" });
  });

  test("too many are refused before they are read", async () => {
    const { manifest } = await attested(...Array<string>(101).fill("b"));
    await expect(attestationOf({ manifest, blobs: [] })).rejects.toMatchObject({ problem: "malformed" });
  });
});

test("a document that is too large is refused before it is read", async () => {
  const json = signatures.manifest.json.replace(/(?<=simplesigning[^}]*"size":)\d+/, "134217729");
  await expect(signatureOf({ manifest: { ...signatures.manifest, json }, blobs: [] })).rejects.toMatchObject({
    problem: "malformed",
  });
});
