import { derFromRaw } from "../../../image/signing-keys/der-signature.ts";
import type { Signer } from "../../../image/signing-keys/signer.ts";

/** Gives every text the same signature, whose two numbers repeat one byte. Remembers what it signed. */
export function fixedSigner(byte: number, keyId: string): Signer & { readonly signed: string[] } {
  const signed: string[] = [];
  return {
    keyId,
    signed,
    sign: (bytes) => {
      signed.push(new TextDecoder().decode(bytes));
      return Promise.resolve(derFromRaw(new Uint8Array(64).fill(byte)));
    },
  };
}

/** The DER form of the signatures, in base64. */
export const SIGNATURE_01 = btoa(`\u0030\u0044${`\u0002\u0020${"\u0001".repeat(32)}`.repeat(2)}`);
export const SIGNATURE_FF = btoa(`\u0030\u0046${`\u0002\u0021\u0000${"\u00ff".repeat(32)}`.repeat(2)}`);
