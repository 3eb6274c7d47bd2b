import type { DerSignature } from "./der-signature.ts";
import type { PublicKey } from "./public-key.ts";

/** Signs. The key may be in memory, or in another program or service that knows it alone. */
export interface Signer {
  /** The id of the public key that verifies the signatures. */
  readonly keyId: string;
  /** Signs the SHA-256 of the bytes with ECDSA on P-256. */
  readonly sign: (bytes: Uint8Array<ArrayBuffer>) => Promise<DerSignature>;
}

/** At least one. While keys are rotated, the old one and the new one both sign. */
export type Signers = readonly [Signer, ...Signer[]];

/** A signer whose public half is known. */
export interface KeySigner extends Signer {
  readonly publicKey: PublicKey;
}
