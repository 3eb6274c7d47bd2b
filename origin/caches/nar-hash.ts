import { fromBase32 } from "../../image/closure/base32.ts";
import { toHex } from "../../protocol/hex.ts";

const SHA256_BYTES = 32;
const PREFIXED = /^sha256:([0-9a-z]{52}|[0-9a-f]{64}|[A-Za-z0-9+/]{43}=)$/;
const SRI = /^sha256-([A-Za-z0-9+/]{43}=)$/;
const HEX_LENGTH = 64;

/** Reads a SHA-256 in one of Nix's four forms. Returns 64 hexadecimal digits, or undefined if the text is no hash. */
export function parseNarHash(text: string): string | undefined {
  const digits = PREFIXED.exec(text)?.[1] ?? SRI.exec(text)?.[1];
  if (digits === undefined || digits.length === HEX_LENGTH) return digits;
  const bytes = digits.endsWith("=") ? Buffer.from(digits, "base64") : fromBase32(digits, SHA256_BYTES);
  return bytes && toHex(bytes);
}
