import type { Content, TarEntry } from "./tar-entry.ts";
import { BLOCK_BYTES, paddingBytes, sizeOf, tarHeader } from "./tar-header.ts";

/** Two blocks of zeros end a tar. */
export const TAR_END: Content = { kind: "bytes", bytes: new Uint8Array(2 * BLOCK_BYTES) };
const PADDING = new Uint8Array(BLOCK_BYTES);

/** The bytes of a tar's member, in order: its header, its content, and zeros up to a whole block. */
export function memberPieces(entry: TarEntry): Content[] {
  const header: Content = { kind: "bytes", bytes: tarHeader(entry) };
  const size = sizeOf(entry);
  const padding = paddingBytes(size);
  return [
    header,
    ...(entry.type === "file" && size > 0 ? [entry.content] : []),
    ...(padding > 0 ? [{ kind: "bytes", bytes: PADDING.subarray(0, padding) } as const] : []),
  ];
}

/** A whole tar in memory. The content of its files must be in memory, too. */
export function tarBytes(entries: readonly TarEntry[]): Uint8Array<ArrayBuffer> {
  const pieces = [...entries.flatMap(memberPieces), TAR_END].map((content) => {
    if (content.kind === "bytes") return content.bytes;
    throw new Error(`${content.path} is not in memory`);
  });
  const tar = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    tar.set(piece, offset);
    offset += piece.length;
  }
  return tar;
}
