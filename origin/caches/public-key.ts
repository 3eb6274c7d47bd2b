import { createPublicKey, type KeyObject } from "node:crypto";

/** A key of binary caches. */
export interface PublicKey {
  /** Signatures name their key. */
  readonly name: string;
  readonly key: KeyObject;
}

/** `<name>:<base64 of 32 bytes>`. */
const PUBLIC_KEY = /^([^\s:]+):([A-Za-z0-9+/]{43}=)$/;

/** Reads a public key as `nix-store --generate-binary-cache-key` writes it. Undefined if the text is none. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const [, name, base64] = PUBLIC_KEY.exec(text) ?? [];
  if (name === undefined || base64 === undefined) return undefined;
  const x = Buffer.from(base64, "base64").toString("base64url");
  return { name, key: createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }) };
}
