import { constants, zstdCompressSync } from "node:zlib";
import { gzip } from "libdeflate";
import type { LayerCompression } from "../../protocol/media-types.ts";

/**
 * A way to compress a layer as a sequence of members. Each member is compressed by itself, so all processors can work
 * on one layer. Only the bytes of the tar decide where a member begins.
 */
export interface Compression {
  /** The most uncompressed bytes of a member. */
  readonly memberBytes: number;
  /** Returns one member. The same bytes give the same member on every machine. */
  compress(bytes: Uint8Array): Uint8Array;
}

const MIB = 1_048_576;
/**
 * The fastest level of libdeflate whose output is at most 3 % larger than that of gzip -6. The output depends on all
 * values of this file. If you change one, raise `FORMAT_VERSION`.
 */
const GZIP_LEVEL = 2;
/**
 * Level 2, with a window that spans the whole member. It is as fast as plain level 2. Its output is at most 2 % larger
 * than that of level 3, which takes 1.5 times as long.
 */
const ZSTD_OPTIONS = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 2,
    [constants.ZSTD_c_minMatch]: 5,
    [constants.ZSTD_c_windowLog]: 22,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
  // Node allocates a buffer of this size for each call, even for a small output. The garbage collector stops the thread
  // to free these buffers. The output depends on this size too: zstd compresses differently if it fits into one buffer.
  chunkSize: 131_072,
};

/**
 * A bound for the size of any member: that of https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 and zstd's own.
 */
export function maxCompressedBytes(bytes: number): number {
  return bytes + Math.ceil(bytes / 128) + 512;
}

/**
 * Both formats allow concatenated members: https://www.rfc-editor.org/rfc/rfc1952#section-2.2 and
 * https://www.rfc-editor.org/rfc/rfc8878#section-3.1.
 */
export const COMPRESSIONS: Readonly<Record<LayerCompression, Compression>> = {
  gzip: { memberBytes: MIB, compress: (bytes) => gzip(bytes, GZIP_LEVEL) },
  zstd: { memberBytes: 4 * MIB, compress: (bytes) => zstdCompressSync(bytes, ZSTD_OPTIONS) },
};
