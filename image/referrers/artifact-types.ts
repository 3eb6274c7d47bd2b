/** A signature in the form of cosign 2: https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md */
export const SIMPLE_SIGNING_MEDIA_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
/** Holds the signature of a simple signing layer, in base64. */
export const COSIGN_SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature";

/** Bills of materials: https://www.iana.org/assignments/media-types/media-types.xhtml */
export const SPDX_MEDIA_TYPE = "application/spdx+json";
export const CYCLONEDX_MEDIA_TYPE = "application/vnd.cyclonedx+json";

/** An in-toto statement: https://github.com/in-toto/attestation/tree/v1.1.0/spec/v1 */
export const IN_TOTO_MEDIA_TYPE = "application/vnd.in-toto+json";
/** BuildKit and oras name the predicate type of an in-toto layer in this annotation. */
export const IN_TOTO_PREDICATE_ANNOTATION = "in-toto.io/predicate-type";

/** A signed envelope around a statement: https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md */
export const DSSE_MEDIA_TYPE = "application/vnd.dsse.envelope.v1+json";
/** cosign 2 names the predicate type of an envelope in this annotation. */
export const COSIGN_PREDICATE_ANNOTATION = "predicateType";

/** cosign 3's form: https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_bundle.proto */
export const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
export const BUNDLE_CONTENT_ANNOTATION = "dev.sigstore.bundle.content";
export const BUNDLE_PREDICATE_ANNOTATION = "dev.sigstore.bundle.predicateType";
/** The predicate type of a statement that only signs an image. */
export const SIGN_PREDICATE_TYPE = "https://sigstore.dev/cosign/sign/v1";
