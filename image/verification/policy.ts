import type { Digest } from "../../protocol/digest.ts";
import { isDerSignature } from "../signing-keys/der-signature.ts";
import type { PublicKey } from "../signing-keys/public-key.ts";
import { VerificationError } from "./verification-error.ts";

export interface TrustedKey {
  readonly key: PublicKey;
  /** Milliseconds since the epoch, for a key that is no longer trusted from then on. */
  readonly expiresMs?: number;
}

/** What a verification asks for. */
export interface Policy {
  /** The digest of the manifest or index that must be signed. */
  readonly image: Digest;
  /** Each of them alone is enough. While keys are rotated, there are two. */
  readonly keys: readonly TrustedKey[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * Returns the id of the trusted key that has signed the bytes. The hints of key ids are not believed: all keys are tried.
 * Signatures carry no time that could be trusted. So an expired key verifies nothing, not even an old signature.
 */
export async function signingKeyId(
  { keys, nowMs }: Pick<Policy, "keys" | "nowMs">,
  bytes: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<string> {
  if (keys.length === 0) throw new VerificationError("missing-key", "no key is given to verify the signature with");
  if (!isDerSignature(signature))
    throw new VerificationError("malformed", "the signature is not one of ECDSA on P-256");
  const fits = await Promise.all(keys.map(async ({ key }) => key.verifies(bytes, signature)));
  const signing = keys.filter((_, index) => fits[index]);
  const valid = signing.find(({ expiresMs }) => expiresMs === undefined || nowMs < expiresMs);
  if (valid) return valid.key.id;
  if (signing.length > 0) throw new VerificationError("expired-key", "the key of the signature has expired");
  throw new VerificationError("wrong-signature", "no trusted key has made the signature");
}
