import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import type { Digest } from "../../protocol/digest.ts";
import { type Artifact, artifact } from "../referrers/artifact.ts";
import {
  BUNDLE_CONTENT_ANNOTATION,
  BUNDLE_MEDIA_TYPE,
  BUNDLE_PREDICATE_ANNOTATION,
  SIGN_PREDICATE_TYPE,
} from "../referrers/artifact-types.ts";
import { jsonContent } from "../referrers/json-content.ts";
import { statement, type Statement } from "../referrers/statement.ts";
import type { Signers } from "../signing-keys/signer.ts";
import { type SignedStatement, signStatement } from "./dsse-envelope.ts";

/** Signs an image for cosign 3. Each key makes a referrer. */
export async function bundledSignatures(image: ContentDescriptor, signers: Signers): Promise<readonly Artifact[]> {
  return bundledStatement(image, await signStatement(await signatureStatement(image.digest), signers));
}

/** A signed statement about an image for cosign 3. A bundle has one signature, so each key makes a referrer. */
export async function bundledStatement(
  image: ContentDescriptor,
  signed: SignedStatement,
): Promise<readonly Artifact[]> {
  return Promise.all(
    sigstoreBundles(signed).map(async (json) =>
      artifact({
        subject: image,
        artifactType: BUNDLE_MEDIA_TYPE,
        layers: [await jsonContent(BUNDLE_MEDIA_TYPE, json)],
        annotations: {
          [BUNDLE_CONTENT_ANNOTATION]: "dsse-envelope",
          [BUNDLE_PREDICATE_ANNOTATION]: signed.predicateType,
        },
      }),
    ),
  );
}

/** The statement that says nothing but that its signer has signed the image. */
export async function signatureStatement(image: Digest): Promise<Statement> {
  return statement({ subjects: [{ digest: image }], predicateType: SIGN_PREDICATE_TYPE, predicate: {} });
}

/**
 * A bundle for each key, without a certificate and a transparency log: the key alone verifies it.
 * https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_bundle.proto
 */
export function sigstoreBundles({ envelope, keyIds }: SignedStatement): string[] {
  return keyIds.map((keyId, place) =>
    JSON.stringify({
      mediaType: BUNDLE_MEDIA_TYPE,
      verificationMaterial: { publicKey: { hint: keyId } },
      dsseEnvelope: { ...envelope, signatures: envelope.signatures.slice(place, place + 1) },
    }),
  );
}
