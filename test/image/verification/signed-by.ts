import type { JsonContent } from "../../../image/referrers/json-content.ts";
import { generatePrivateKey, parsePrivateKey } from "../../../image/signing-keys/private-key.ts";
import type { KeySigner } from "../../../image/signing-keys/signer.ts";
import type { Policy, TrustedKey } from "../../../image/verification/policy.ts";
import type { ReadBlob } from "../../../image/verification/read-content.ts";
import { signedImage } from "../signatures/signed-image.ts";

export const NOW_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

export const [OLD, CURRENT, OTHER] = await Promise.all([newSigner(), newSigner(), newSigner()]);
export const SIGNED = await signedImage([CURRENT]);
export const SIGNED_TWICE = await signedImage([OLD, CURRENT]);

async function newSigner(): Promise<KeySigner> {
  return parsePrivateKey(await generatePrivateKey());
}

/** Trusts the keys, and asks for the signed image. */
export function trusting(...signers: readonly KeySigner[]): Policy {
  return policyOf(signers.map(({ publicKey }) => ({ key: publicKey })));
}

/** Trusts a key that expires so many days from now. */
export function trustingFor(days: number, { publicKey }: KeySigner): Policy {
  return policyOf([{ key: publicKey, expiresMs: NOW_MS + days * DAY_MS }]);
}

function policyOf(keys: readonly TrustedKey[]): Policy {
  return { image: SIGNED.image.digest, keys, nowMs: NOW_MS };
}

/** Reads the blobs of a manifest, some of them replaced. */
export function readerOf(blobs: readonly JsonContent[], replace: (json: string) => string = (json) => json): ReadBlob {
  const byDigest = new Map(
    blobs.map(({ digest, json }) => [digest, Uint8Array.from(new TextEncoder().encode(replace(json)))]),
  );
  return ({ digest }) => Promise.resolve(byDigest.get(digest) ?? null);
}
