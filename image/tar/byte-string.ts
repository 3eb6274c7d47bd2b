/**
 * A character for each byte, because file names are bytes that need not be UTF-8. Compared as strings they
 * are in byte order; for ASCII nothing differs from usual strings.
 */
export type ByteString = string;

// oxlint-disable-next-line no-control-regex -- NUL is ASCII as well
const ASCII = /^[\u0000-\u007f]*$/;
/** A byte order mark is a character like any other. */
const UTF_8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The bytes of a text in UTF-8. */
export function byteString(text: string): ByteString {
  if (ASCII.test(text)) return text;
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** The text that bytes are in UTF-8. Bytes that are no UTF-8 are lost. */
export function decodeText(bytes: Uint8Array): string {
  return UTF_8.decode(bytes);
}

export function bytesOf(text: ByteString): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  writeBytes(bytes, 0, text);
  return bytes;
}

/** Counts, which takes a fraction of the time that a mapping function takes. */
export function writeBytes(target: Uint8Array, offset: number, text: ByteString): void {
  for (let index = 0; index < text.length; index++) target[offset + index] = text.charCodeAt(index);
}
