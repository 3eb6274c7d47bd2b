import { type JsonObject, jsonMembers } from "../../protocol/json-object.ts";
import { BUNDLE_MEDIA_TYPE, BUNDLE_PREDICATE_ANNOTATION } from "../referrers/artifact-types.ts";
import { checkAnnotation } from "./check-annotation.ts";
import type { Policy } from "./policy.ts";
import { type ReadBlob, readContent } from "./read-content.ts";
import { jsonOf, malformed, objectIn } from "./read-json.ts";
import { layersOfType, manifestOf } from "./read-layers.ts";
import { VerificationError } from "./verification-error.ts";
import { type VerifiedAttestation, verifyEnvelope } from "./verify-envelope.ts";

const WHAT = "bundle";

/**
 * Verifies a referrer of the image that holds one sigstore bundle. Throws `VerificationError`. A statement with the
 * predicate type `SIGN_PREDICATE_TYPE` is the signature of the image.
 */
export async function verifyBundleArtifact(
  manifest: string,
  readBlob: ReadBlob,
  policy: Policy,
): Promise<VerifiedAttestation> {
  const artifact = manifestOf(manifest);
  const [layer, ...others] = layersOfType(artifact, BUNDLE_MEDIA_TYPE);
  if (!layer || others.length > 0) throw malformed("manifest", "it has not exactly one bundle");
  if (artifact.subject?.digest !== policy.image)
    throw new VerificationError("other-image", `the artifact refers to another image than ${policy.image}`);
  const attestation = await verifyBundle(jsonOf(await readContent(readBlob, layer), WHAT), policy);
  checkAnnotation(artifact.annotations, BUNDLE_PREDICATE_ANNOTATION, attestation.predicateType);
  return attestation;
}

/**
 * Verifies a bundle that a key has signed. Certificates and transparency logs are for signers without a key of their own.
 * https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_bundle.proto
 */
export async function verifyBundle(bundle: JsonObject, policy: Policy): Promise<VerifiedAttestation> {
  if (bundle["mediaType"] !== BUNDLE_MEDIA_TYPE) throw malformed(WHAT, "it is not of version 0.3");
  // The hint in it is not believed, but a bundle of a certificate has no such member.
  objectIn(objectIn(bundle, "verificationMaterial", WHAT), "publicKey", WHAT);
  const envelope = objectIn(bundle, "dsseEnvelope", WHAT);
  if (jsonMembers(envelope["signatures"]).length !== 1) throw malformed(WHAT, "it has not exactly one signature");
  return verifyEnvelope(envelope, policy);
}
