const NOT_BASE64 = /[^A-Za-z0-9+/=]/;
const GROUP_LENGTH = 4;

/** Base64 with padding: https://www.rfc-editor.org/rfc/rfc4648#section-4 */
export function toBase64(bytes: Uint8Array): string {
  // `btoa` wants a character for each byte. This is the fastest way to it: an envelope may have megabytes.
  return btoa(new TextDecoder("utf-16le").decode(new Uint16Array(bytes)));
}

/** Null for text that is not base64 with padding. White space is refused, too. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % GROUP_LENGTH !== 0 || NOT_BASE64.test(text)) return null;
  try {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    // `Uint8Array.from` takes 20 times as long.
    for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
    return bytes;
  } catch {
    return null;
  }
}
