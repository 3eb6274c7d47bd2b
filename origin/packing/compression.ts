import { constants, zstdCompressSync } from "node:zlib";
import { gzip } from "libdeflate";
import { type CompressMember, GZIP_LEVEL } from "../../image/compression/members.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";

/**
 * Level 2, with a window that spans the whole member. It is as fast as plain level 2. Its output is at most 2 % larger
 * than that of level 3, which takes 1.5 times as long. If you change a value, raise `FORMAT_VERSION`.
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

/** Each member is compressed by itself, so all processors can work on one layer. */
export const COMPRESSORS: Readonly<Record<LayerCompression, CompressMember>> = {
  gzip: (bytes) => gzip(bytes, GZIP_LEVEL),
  zstd: (bytes) => zstdCompressSync(bytes, ZSTD_OPTIONS),
};
