import { fromBase64, toBase64 } from "./base64.ts";

/** One block of a PEM file: https://www.rfc-editor.org/rfc/rfc7468 */
export interface PemBlock {
  /** Such as `PUBLIC KEY`. */
  readonly label: string;
  /** Null if the block is not base64. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

/** Characters. A file with two P-256 keys has less than 1000. */
const MAX_PEM_LENGTH = 16_384;
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/g;
const LINE_LENGTH = 64;

/** The blocks of a file, in its order. Text around the blocks is ignored. Empty if the file is too long. */
export function pemBlocks(text: string): readonly PemBlock[] {
  if (text.length > MAX_PEM_LENGTH) return [];
  return [...text.matchAll(BLOCK)].map(([, label = "", body = ""]) => ({
    label,
    bytes: fromBase64(body.replaceAll(/\s/g, "")),
  }));
}

export function toPem(label: string, bytes: Uint8Array): string {
  const base64 = toBase64(bytes);
  const lines = Array.from({ length: Math.ceil(base64.length / LINE_LENGTH) }, (_, index) =>
    base64.slice(index * LINE_LENGTH, (index + 1) * LINE_LENGTH),
  );
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
