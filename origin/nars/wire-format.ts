/** How Nix writes numbers and texts, in its archives and its protocols. Numbers have 64 bits, the lowest byte first. */
export const NUMBER_BYTES = 8;
/** Each text fills a multiple of this many bytes. */
export const ALIGNMENT = 8;
export const HALF_BYTES = 4;
/** How many numbers half of the bytes can hold. */
export const HALF_RANGE = 2 ** 32;

export function writeNumber(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value % HALF_RANGE, at);
  bytes.writeUInt32LE(Math.floor(value / HALF_RANGE), at + HALF_BYTES);
}

/** The size of a text with the zeros behind it. */
export function padded(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}

export function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(NUMBER_BYTES);
  writeNumber(bytes, value, 0);
  return bytes;
}

/** The length of a text, the text, and zeros. */
export function textBytes(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.alloc(NUMBER_BYTES + padded(length));
  writeNumber(bytes, length, 0);
  bytes.write(text, NUMBER_BYTES);
  return bytes;
}
