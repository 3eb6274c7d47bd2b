import { fromHex, toHex } from "./hex.ts";

/** Seconds. A signed call is accepted this long before and after its timestamp. */
export const SIGNATURE_VALIDITY_S = 300;

export const TIMESTAMP_HEADER = "Cornice-Timestamp";
export const SIGNATURE_HEADER = "Cornice-Signature";

/** Characters. A shorter secret could be guessed. */
export const MIN_SECRET_LENGTH = 32;

/** The parts of a call that a signature covers. A stolen signature fits only this call, and only for five minutes. */
export interface SignedCall {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** Seconds since the epoch, in decimal. */
  readonly timestamp: string;
  readonly body: string;
}

/** Returns the HMAC-SHA-256 of the call in hexadecimal. */
export async function signCall(secret: string, call: SignedCall): Promise<string> {
  return hmacHex(secret, encode(call));
}

/** The HMAC-SHA-256 of a text in hexadecimal. */
export async function hmacHex(secret: string, text: string): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await importKey(secret), new TextEncoder().encode(text));
  return toHex(new Uint8Array(signature));
}

export type SignatureProblem = "missing" | "expired" | "wrong";

/**
 * Checks a signature in constant time. Any of the secrets may have made it, and all are tried. Returns the problem, or
 * undefined.
 */
export async function checkSignature(
  secrets: readonly string[],
  call: SignedCall,
  signature: string,
  nowS: number,
): Promise<SignatureProblem | undefined> {
  if (!/^\d{1,12}$/.test(call.timestamp) || !/^[0-9a-f]{64}$/.test(signature)) return "missing";
  if (Math.abs(nowS - Number(call.timestamp)) > SIGNATURE_VALIDITY_S) return "expired";
  const bytes = fromHex(signature);
  const text = new TextEncoder().encode(encode(call));
  const verify = async (secret: string) => crypto.subtle.verify("HMAC", await importKey(secret), bytes, text);
  const fits = await Promise.all(secrets.map(verify));
  return fits.includes(true) ? undefined : "wrong";
}

function importKey(secret: string) {
  const key = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

/** Newlines separate the parts. Only the body can contain newlines, and it comes last. */
function encode({ method, path, timestamp, body }: SignedCall): string {
  return [method, path, timestamp, body].join("\n");
}
