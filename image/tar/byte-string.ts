/**
 * One character for each byte, because file names are bytes and need not be UTF-8. String comparison gives byte order.
 * ASCII text looks the same in this form.
 */
export type ByteString = string;

// oxlint-disable-next-line no-control-regex -- NUL is ASCII as well
const ASCII = /^[\u0000-\u007f]*$/;
/** Keeps a byte order mark, because it can be part of a name. */
const UTF_8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The bytes of a text in UTF-8. */
export function byteString(text: string): ByteString {
  if (ASCII.test(text)) return text;
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** Decodes UTF-8. Bytes that are not UTF-8 are lost. */
export function decodeText(bytes: Uint8Array): string {
  return UTF_8.decode(bytes);
}

export function bytesOf(text: ByteString): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  writeBytes(bytes, 0, text);
  return bytes;
}

/** Has a counting loop: a mapping function takes several times as long. */
export function writeBytes(target: Uint8Array, offset: number, text: ByteString): void {
  for (let index = 0; index < text.length; index++) target[offset + index] = text.charCodeAt(index);
}
