import type { Digest } from "../../protocol/digest.ts";
import {
  COSIGN_PREDICATE_ANNOTATION,
  COSIGN_SIGNATURE_ANNOTATION,
  DSSE_MEDIA_TYPE,
} from "../referrers/artifact-types.ts";
import { attachedTag } from "../referrers/attached-tags.ts";
import { describeContent, jsonContent } from "../referrers/json-content.ts";
import { cosignManifest, type TaggedManifest } from "./cosign-manifest.ts";
import type { SignedStatement } from "./dsse-envelope.ts";

interface StatementsToAttach {
  /** The digest of a manifest or an index. All statements have it as a subject. */
  readonly image: Digest;
  readonly statements: readonly SignedStatement[];
}

/**
 * Attaches signed statements to an image for cosign 2. Each statement makes a layer.
 * https://github.com/sigstore/cosign/blob/v2.5.0/specs/ATTESTATION_SPEC.md
 */
export async function cosignAttestations({ image, statements }: StatementsToAttach): Promise<TaggedManifest> {
  const layers = await Promise.all(statements.map(attestationLayer));
  return cosignManifest({ tag: attachedTag("attestations", image), layers });
}

async function attestationLayer({ envelope, predicateType }: SignedStatement) {
  const content = await jsonContent(DSSE_MEDIA_TYPE, JSON.stringify(envelope));
  const descriptor = describeContent(content, {
    // cosign refuses a layer without this annotation. The signature is in the envelope.
    [COSIGN_SIGNATURE_ANNOTATION]: "",
    [COSIGN_PREDICATE_ANNOTATION]: predicateType,
  });
  return { descriptor, content };
}
