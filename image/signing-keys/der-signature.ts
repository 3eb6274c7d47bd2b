import { joinBytes } from "../compression/join-bytes.ts";

declare const derBrand: unique symbol;

/** An ECDSA signature on P-256 as ASN.1, `SEQUENCE { r INTEGER, s INTEGER }`: https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3 */
export type DerSignature = Uint8Array<ArrayBuffer> & { readonly [derBrand]: true };

/** Bytes of one number of P-256. WebCrypto writes a signature as two of them, without ASN.1. */
const NUMBER_BYTES = 32;
const RAW_SIGNATURE_BYTES = 2 * NUMBER_BYTES;

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** A number whose first bit is set would be negative. */
const SIGN_BIT = 0x80;
/** Bytes of a tag and a length. Lengths below 128 have one byte. */
const HEADER_BYTES = 2;

/** Whether bytes are the one DER form of two positive numbers with at most 256 bits. */
export function isDerSignature(bytes: Uint8Array<ArrayBuffer>): bytes is DerSignature {
  return rawFromDer(bytes) !== null;
}

/** Turns WebCrypto's form into ASN.1. Throws if the bytes cannot be a signature. */
export function derFromRaw(raw: Uint8Array<ArrayBuffer>): DerSignature {
  const numbers = [raw.subarray(0, NUMBER_BYTES), raw.subarray(NUMBER_BYTES)].map((number) => encodeInteger(number));
  const body = joinBytes(numbers);
  const der = joinBytes([Uint8Array.of(SEQUENCE, body.length), body]);
  if (raw.length !== RAW_SIGNATURE_BYTES || !isDerSignature(der)) throw new Error("not a signature of P-256");
  return der;
}

/** Turns ASN.1 into WebCrypto's form. Null for every other form than DER: a signature has one encoding. */
export function rawFromDer(der: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (der[0] !== SEQUENCE || der[1] !== der.length - HEADER_BYTES) return null;
  const r = decodeInteger(der.subarray(HEADER_BYTES));
  const s = r && decodeInteger(der.subarray(HEADER_BYTES + r.length));
  if (!r || !s || HEADER_BYTES + r.length + s.length !== der.length) return null;
  return joinBytes([r.number, s.number]);
}

function encodeInteger(number: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? number.subarray(number.length) : number.subarray(start);
  const padding = (digits[0] ?? 0) >= SIGN_BIT ? [0] : [];
  return Uint8Array.of(INTEGER, padding.length + digits.length, ...padding, ...digits);
}

/** The first number of the bytes, with 32 bytes, and the length of its encoding. Null for zero and negative numbers. */
function decodeInteger(bytes: Uint8Array<ArrayBuffer>) {
  const [tag, size = 0, first = 0, second = 0] = bytes;
  const length = HEADER_BYTES + size;
  const isPadded = first === 0;
  const digits = bytes.subarray(HEADER_BYTES + (isPadded ? 1 : 0), length);
  const isMinimal = !isPadded || second >= SIGN_BIT;
  if (tag !== INTEGER || length > bytes.length || digits.length === 0 || first >= SIGN_BIT || !isMinimal) return null;
  if (digits.length > NUMBER_BYTES) return null;
  const number = new Uint8Array(NUMBER_BYTES);
  number.set(digits, NUMBER_BYTES - digits.length);
  return { number, length };
}
