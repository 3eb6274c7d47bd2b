import { verify } from "node:crypto";
import { base32 } from "../../image/closure/base32.ts";
import type { StorePath } from "../../image/closure/store-path.ts";
import { fromHex } from "../../protocol/hex.ts";
import type { PublicKey } from "./public-key.ts";

/** A signature of a store path, and the name of its key. */
export interface Signature {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `<name of the key>:<base64 of 64 bytes>`. */
const SIGNATURE = /^([!-9;-~]{1,100}):([A-Za-z0-9+/]{86}==)$/;

/** Reads the value of a `Sig` line. A text that is no signature gives none, as in Nix. */
export function parseSignature(text: string): [Signature] | [] {
  const [, name, base64] = SIGNATURE.exec(text) ?? [];
  return name === undefined || base64 === undefined ? [] : [{ name, bytes: Buffer.from(base64, "base64") }];
}

interface SignedPath extends StorePath {
  readonly narHash: string;
  readonly signatures: readonly Signature[];
}

/**
 * The name of the trusted key that has signed the path: Ed25519, RFC 8032. Undefined if there is none. Nix also takes unsigned
 * paths whose name comes from their content (`CA`). Here they need a signature, too: no other code checks names against
 * contents.
 */
export function signingKeyName(info: SignedPath, keys: readonly PublicKey[]): string | undefined {
  const text = Buffer.from(fingerprint(info));
  const signed = info.signatures.find(({ name, bytes }) =>
    keys.some((key) => key.name === name && verify(null, text, key.key, bytes)),
  );
  return signed?.name;
}

/** The text that keys of Nix sign. The references must be sorted: https://nix.dev/manual/nix/2.28/protocols/binary-cache */
export function fingerprint({ path, narHash, narSize, references }: Omit<SignedPath, "signatures">): string {
  return `1;${path};sha256:${base32(fromHex(narHash))};${narSize};${references.join(",")}`;
}
