import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import type { ImageDocuments } from "./image-documents.ts";

/**
 * All that stands beside an image, in its shortest form. The signatures, attestations and lists that clients read follow
 * from it.
 */
export interface TrustRecord {
  /** The manifests that are signed. The documents are about the first one. */
  readonly subjects: readonly [ContentDescriptor, ...ContentDescriptor[]];
  /** Host and repository, as they stand in signatures: `registry.example/shell/git`. */
  readonly reference: string;
  /** Undefined if nobody knows what is in the image. */
  readonly documents: ImageDocuments | undefined;
  /** The signatures of each key. The current key is the first. Empty if nothing is signed. */
  readonly keys: readonly KeySignatures[];
}

/** What one key has signed. */
export interface KeySignatures {
  readonly keyId: string;
  /** Signatures in base64, by the SHA-256 of the signed bytes. */
  readonly signatures: ReadonlyMap<string, string>;
}
