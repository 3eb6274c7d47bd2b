import type { Digest } from "../../protocol/digest.ts";
import { COSIGN_SIGNATURE_ANNOTATION, SIMPLE_SIGNING_MEDIA_TYPE } from "../referrers/artifact-types.ts";
import { attachedTag } from "../referrers/attached-tags.ts";
import { describeContent, jsonContent } from "../referrers/json-content.ts";
import { toBase64 } from "../signing-keys/base64.ts";
import type { Signers } from "../signing-keys/signer.ts";
import { cosignManifest, type TaggedManifest } from "./cosign-manifest.ts";

interface ImageToSign {
  /** The digest of a manifest or an index. */
  readonly image: Digest;
  /** Host and repository, without a tag: `registry.example/shell/git`. cosign shows it, and does not compare it. */
  readonly reference: string;
  readonly signers: Signers;
}

/** cosign escapes the other characters of JSON in Go's way. No reference has them. */
const REFERENCE = /^[A-Za-z0-9._:/[\]-]+$/;

/**
 * Signs an image for cosign 2. Each key makes a layer.
 * https://github.com/sigstore/cosign/blob/v2.5.0/specs/SIGNATURE_SPEC.md
 */
export async function cosignSignatures({ image, reference, signers }: ImageToSign): Promise<TaggedManifest> {
  const content = await jsonContent(SIMPLE_SIGNING_MEDIA_TYPE, simpleSigningPayload(image, reference));
  const payload = Uint8Array.from(new TextEncoder().encode(content.json));
  const signatures = await Promise.all(signers.map(async ({ sign }) => toBase64(await sign(payload))));
  const layers = signatures.map((signature) => ({
    descriptor: describeContent(content, { [COSIGN_SIGNATURE_ANNOTATION]: signature }),
    content,
  }));
  return cosignManifest({ tag: attachedTag("signatures", image), layers });
}

/** https://github.com/containers/image/blob/v5.35.0/docs/containers-signature.5.md#json-data-format, as cosign writes it. */
export function simpleSigningPayload(image: Digest, reference: string): string {
  if (!REFERENCE.test(reference)) throw new Error(`not a repository: ${JSON.stringify(reference)}`);
  return JSON.stringify({
    critical: {
      identity: { "docker-reference": reference },
      image: { "docker-manifest-digest": image },
      type: "cosign container image signature",
    },
    optional: null,
  });
}
