const DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";
const BITS_A_DIGIT = 5;
const BITS_A_BYTE = 8;

/** Nix's base 32: https://nix.dev/manual/nix/2.28/protocols/nix32. The last digit has the first five bits. */
export function base32(bytes: Uint8Array): string {
  const count = digitsFor(bytes.length);
  return Array.from({ length: count }, (_, index) => {
    const { at, shift } = placeOf(count - 1 - index);
    const pair = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << BITS_A_BYTE);
    return DIGITS[(pair >> shift) & (DIGITS.length - 1)] ?? "";
  }).join("");
}

/** The bytes of a text in Nix's base 32. Undefined if the text is not exactly what `base32` gives for so many bytes. */
export function fromBase32(text: string, length: number): Uint8Array | undefined {
  if (text.length !== digitsFor(length)) return undefined;
  // The first digit may have bits behind the last byte. They must be zeros.
  const bytes = new Uint8Array(length + 1);
  for (let index = 0; index < text.length; index += 1) {
    const digit = DIGITS.indexOf(text.charAt(index));
    if (digit < 0) return undefined;
    const { at, shift } = placeOf(text.length - 1 - index);
    const pair = digit << shift;
    bytes[at] = (bytes[at] ?? 0) | (pair & 0xff);
    bytes[at + 1] = (bytes[at + 1] ?? 0) | (pair >> BITS_A_BYTE);
  }
  return bytes[length] === 0 ? bytes.subarray(0, length) : undefined;
}

function digitsFor(bytes: number): number {
  return Math.ceil((bytes * BITS_A_BYTE) / BITS_A_DIGIT);
}

/** The byte in which a digit begins, and the digit's first bit in it. */
function placeOf(digit: number): { readonly at: number; readonly shift: number } {
  const bit = digit * BITS_A_DIGIT;
  return { at: Math.floor(bit / BITS_A_BYTE), shift: bit % BITS_A_BYTE };
}
