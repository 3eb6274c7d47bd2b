import type { LayerCompression } from "../../protocol/media-types.ts";
import { joinBytes } from "./join-bytes.ts";

const MIB = 1_048_576;

/** The most uncompressed bytes of a member. If you change one, raise `FORMAT_VERSION`. */
export const MEMBER_BYTES: Readonly<Record<LayerCompression, number>> = { gzip: MIB, zstd: 4 * MIB };

/**
 * The fastest level of libdeflate whose output is at most 3 % larger than that of gzip -6. If you change it, raise
 * `FORMAT_VERSION`.
 */
export const GZIP_LEVEL = 2;

/** Returns one member of a layer: a whole gzip member or zstd frame. The same bytes give the same member everywhere. */
export type CompressMember = (bytes: Uint8Array) => Uint8Array;

/**
 * Compresses a whole tar, as the origin packs a layer of known entries. Each member has `memberBytes` of the tar, and the
 * last one has the rest. Both formats allow concatenated members: https://www.rfc-editor.org/rfc/rfc1952#section-2.2 and
 * https://www.rfc-editor.org/rfc/rfc8878#section-3.1.
 */
export function compressMembers(
  tar: Uint8Array,
  memberBytes: number,
  compress: CompressMember,
): Uint8Array<ArrayBuffer> {
  const members: Uint8Array[] = [];
  for (let start = 0; start < tar.length; start += memberBytes) {
    members.push(compress(tar.subarray(start, start + memberBytes)));
  }
  return joinBytes(members);
}
