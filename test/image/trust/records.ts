import { documentsOf } from "../../../image/trust/image-documents.ts";
import { signRecord } from "../../../image/trust/sign-record.ts";
import type { TrustRecord } from "../../../image/trust/trust-record.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { fixedSigner } from "../signatures/fixed-signer.ts";

const manifestOf = (digit: string, format: "oci" | "docker") => ({
  mediaType: MEDIA_TYPES[format].manifest,
  digest: sha256Digest(digit.repeat(64)),
  size: 100,
});
export const [OCI, DOCKER] = [manifestOf("a", "oci"), manifestOf("b", "docker")];

export const UNSIGNED = {
  subjects: [OCI, DOCKER],
  reference: "registry.example/git",
  documents: await documentsOf({ spdx: '{"a":"ä"}', cyclonedx: '{"b":1}', provenance: '{"c":1}' }),
} as const satisfies Omit<TrustRecord, "keys">;

export const CURRENT = fixedSigner(1, "current");
export const FORMER = fixedSigner(2, "former");
export const SIGNED = await signRecord(UNSIGNED, [CURRENT]);
