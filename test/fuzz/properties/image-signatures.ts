import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import * as fc from "fast-check";
import { parseArtifactManifest } from "../../../protocol/artifact-manifest.ts";
import { parseReferrersIndex, referrersIndex } from "../../../image/referrers/referrers-index.ts";
import { fromBase64, toBase64 } from "../../../image/signing-keys/base64.ts";
import { derFromRaw, isDerSignature, rawFromDer } from "../../../image/signing-keys/der-signature.ts";
import { KeyError } from "../../../image/signing-keys/key-error.ts";
import { generatePrivateKey, parsePrivateKey } from "../../../image/signing-keys/private-key.ts";
import { parsePublicKeys } from "../../../image/signing-keys/public-key.ts";
import { VerificationError } from "../../../image/verification/verification-error.ts";
import { verifyBundle } from "../../../image/verification/verify-bundle.ts";
import { verifyCosignSignatures } from "../../../image/verification/verify-cosign.ts";
import { isJsonObject, parseJson } from "../../../protocol/json-object.ts";
import { signedImage } from "../../image/signatures/signed-image.ts";
import { jsonLine, mutatedJson } from "../odd-json.ts";
import { mutated, oddText } from "../odd-text.ts";
import { type Property, property } from "../property.ts";

// ECDSA is random. So each run has other keys and signatures, also with the same seed.
const PEM = await generatePrivateKey();
const SIGNER = await parsePrivateKey(PEM);
const SIGNED = await signedImage([SIGNER]);
const POLICY = { image: SIGNED.image.digest, keys: [{ key: SIGNER.publicKey }], nowMs: 0 };
const BUNDLE = SIGNED.referrers[0]?.blobs[1]?.json ?? "";
const ENTRIES = SIGNED.referrers.map(({ entry }) => entry);
const NODE_KEYS = { privateKey: createPrivateKey(PEM), publicKey: createPublicKey(SIGNER.publicKey.pem) };

/** Bytes that are nearly a signature. */
const nearlyDer = fc
  .tuple(fc.uint8Array({ maxLength: 34 }), fc.uint8Array({ maxLength: 34 }), fc.constantFrom(-1, 0, 0, 0, 1))
  .map(([r, s, more]) =>
    Uint8Array.of(0x30, r.length + s.length + 4 + more, 0x02, r.length, ...r, 0x02, s.length, ...s),
  );

async function orProblem<T>(result: Promise<T>): Promise<T | undefined> {
  return result.catch((error: unknown) => {
    if (error instanceof VerificationError) return undefined;
    throw error;
  });
}

export const imageSignatures: readonly Property[] = [
  property("image-signatures/node-reads-ours", fc.uint8Array({ maxLength: 200 }), async (bytes) => {
    const der = await SIGNER.sign(Uint8Array.from(bytes));
    assert.ok(verify("sha256", bytes, NODE_KEYS.publicKey, der));
    assert.ok(verify("sha256", bytes, { key: NODE_KEYS.publicKey, dsaEncoding: "ieee-p1363" }, rawFromDer(der) ?? der));
  }),

  property("image-signatures/we-read-nodes", fc.uint8Array({ maxLength: 200 }), async (bytes) => {
    const der = Uint8Array.from(sign("sha256", bytes, NODE_KEYS.privateKey));
    assert.ok(isDerSignature(der) && (await SIGNER.publicKey.verifies(Uint8Array.from(bytes), der)));
    const raw = Uint8Array.from(sign("sha256", bytes, { key: NODE_KEYS.privateKey, dsaEncoding: "ieee-p1363" }));
    assert.ok(await SIGNER.publicKey.verifies(Uint8Array.from(bytes), derFromRaw(raw)));
  }),

  property("image-signatures/one-der-form", fc.oneof(nearlyDer, fc.uint8Array({ maxLength: 80 })), (bytes) => {
    const raw = rawFromDer(Uint8Array.from(bytes));
    if (raw) assert.deepEqual(derFromRaw(raw), Uint8Array.from(bytes));
  }),

  property("image-signatures/base64", fc.uint8Array({ maxLength: 100 }), (bytes) => {
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString("base64"));
    assert.deepEqual(fromBase64(toBase64(bytes)), Uint8Array.from(bytes));
  }),

  property(
    "image-signatures/any-keys",
    fc.oneof(oddText(200), mutated(fc.constantFrom(PEM, SIGNER.publicKey.pem))),
    async (text) => {
      for (const read of [parsePrivateKey, parsePublicKeys])
        await read(text).catch((error: unknown) => {
          assert.ok(error instanceof KeyError);
          assert.ok(!error.message.includes(PEM.slice(40, 80)), "the message holds the key");
        });
    },
  ),

  property("image-signatures/mutated-bundles", mutatedJson(fc.constant(parseJson(BUNDLE))), async (bundle) => {
    const verified = isJsonObject(bundle) ? await orProblem(verifyBundle(bundle, POLICY)) : undefined;
    const original = { keyId: SIGNER.keyId, predicateType: "https://sigstore.dev/cosign/sign/v1", predicate: {} };
    if (verified) assert.deepEqual(verified, original);
  }),

  property(
    "image-signatures/mutated-signatures",
    mutated(fc.constant(SIGNED.signatures.manifest.json)),
    async (manifest) => {
      const blobs = new Map(SIGNED.signatures.blobs.map(({ digest, json }) => [digest, json]));
      const readBlob = ({ digest }: { digest: (typeof SIGNED.image)["digest"] }) =>
        Promise.resolve(Uint8Array.from(new TextEncoder().encode(blobs.get(digest) ?? "")));
      const verified = await orProblem(verifyCosignSignatures(manifest, readBlob, POLICY));
      if (verified) assert.deepEqual(new Set(verified.map(({ keyId }) => keyId)), new Set([SIGNER.keyId]));
      const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
      const [key] = await parsePublicKeys(other.export({ type: "spki", format: "pem" }).toString());
      assert.ok(key);
      assert.equal(
        await orProblem(verifyCosignSignatures(manifest, readBlob, { ...POLICY, keys: [{ key }] })),
        undefined,
      );
    },
  ),

  property(
    "image-signatures/referrers",
    jsonLine(
      fc.constant({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: ENTRIES }),
    ),
    async (text) => {
      parseArtifactManifest(text);
      const entries = parseReferrersIndex(text);
      if (!entries) return;
      const { json } = await referrersIndex(entries);
      assert.equal((await referrersIndex(parseReferrersIndex(json) ?? [])).json, json);
    },
  ),
];
