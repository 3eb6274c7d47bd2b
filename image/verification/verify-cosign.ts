import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import {
  COSIGN_PREDICATE_ANNOTATION,
  COSIGN_SIGNATURE_ANNOTATION,
  DSSE_MEDIA_TYPE,
  SIMPLE_SIGNING_MEDIA_TYPE,
} from "../referrers/artifact-types.ts";
import { type Policy, signingKeyId } from "./policy.ts";
import { checkAnnotation } from "./check-annotation.ts";
import { type ReadBlob, readContent } from "./read-content.ts";
import { bytesIn, jsonOf, malformed, objectIn } from "./read-json.ts";
import { layersOfType, manifestOf } from "./read-layers.ts";
import { VerificationError } from "./verification-error.ts";
import { verifiedAmong } from "./verified-among.ts";
import { type VerifiedAttestation, verifyEnvelope } from "./verify-envelope.ts";

/** A signature of the image by a trusted key. */
export interface VerifiedSignature {
  readonly keyId: string;
}

const PAYLOAD = "signed payload";
const SIGNATURE_TYPE = "cosign container image signature";

/**
 * Verifies the manifest at the tag `sha256-<hex>.sig`. Returns the signatures that hold, at least one. Throws
 * `VerificationError`. https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md
 */
export async function verifyCosignSignatures(
  manifest: string,
  readBlob: ReadBlob,
  policy: Policy,
): Promise<readonly VerifiedSignature[]> {
  const layers = layersOfType(manifestOf(manifest), SIMPLE_SIGNING_MEDIA_TYPE);
  return verifiedAmong(layers, async (layer) => verifySimpleSigning(layer, readBlob, policy));
}

async function verifySimpleSigning(
  layer: ContentDescriptor,
  readBlob: ReadBlob,
  policy: Policy,
): Promise<VerifiedSignature> {
  const payload = await readContent(readBlob, layer);
  const signature = bytesIn(layer.annotations ?? {}, COSIGN_SIGNATURE_ANNOTATION, "signature's layer");
  const keyId = await signingKeyId(policy, payload, signature);
  const critical = objectIn(jsonOf(payload, PAYLOAD), "critical", PAYLOAD);
  if (critical["type"] !== SIGNATURE_TYPE) throw malformed(PAYLOAD, "it signs no image");
  if (objectIn(critical, "image", PAYLOAD)["docker-manifest-digest"] !== policy.image)
    throw new VerificationError("other-image", `the signature is for another image than ${policy.image}`);
  return { keyId };
}

/**
 * Verifies the manifest at the tag `sha256-<hex>.att`. Returns the attestations that hold, at least one. Throws
 * `VerificationError`. https://github.com/sigstore/cosign/blob/v2.5.0/specs/ATTESTATION_SPEC.md
 */
export async function verifyCosignAttestations(
  manifest: string,
  readBlob: ReadBlob,
  policy: Policy,
): Promise<readonly VerifiedAttestation[]> {
  const layers = layersOfType(manifestOf(manifest), DSSE_MEDIA_TYPE);
  return verifiedAmong(layers, async (layer) => {
    const envelope = jsonOf(await readContent(readBlob, layer), "envelope");
    const attestation = await verifyEnvelope(envelope, policy);
    checkAnnotation(layer.annotations, COSIGN_PREDICATE_ANNOTATION, attestation.predicateType);
    return attestation;
  });
}
