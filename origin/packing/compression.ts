import { constants, zstdCompressSync } from "node:zlib";
import { gzip } from "libdeflate";
import type { LayerCompression } from "../../protocol/media-types.ts";

/**
 * A way to compress a layer: as a sequence of members, each of which can be made by itself, so that all
 * processors work on one layer. Where members begin follows from the bytes alone.
 */
export interface Compression {
  /** Uncompressed bytes of each member but the last. */
  readonly memberBytes: number;
  /** Returns one member. The same bytes give the same member on every machine. */
  compress(bytes: Uint8Array): Uint8Array;
}

const MIB = 1_048_576;
/** Part of the output format, like all that is here. Of libdeflate's levels the fastest that comes within 3 % of gzip -6. */
const GZIP_LEVEL = 2;
/** As fast as level 2, and with matches over the whole member within 2 % of level 3, which takes half as long again. */
const ZSTD_OPTIONS = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 2,
    [constants.ZSTD_c_minMatch]: 5,
    [constants.ZSTD_c_windowLog]: 22,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
  // Node makes a buffer of this size for each call, however little comes out, and buffers that were made are collected
  // by stopping the thread. The bytes depend on it as well: what fits into one buffer is compressed another way.
  chunkSize: 131_072,
};

/** Any member is smaller than this, whatever its bytes: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 and zstd's own bound. */
export function maxCompressedBytes(bytes: number): number {
  return bytes + Math.ceil(bytes / 128) + 512;
}

/** https://www.rfc-editor.org/rfc/rfc1952#section-2.2 and https://www.rfc-editor.org/rfc/rfc8878#section-3.1: both may be concatenated. */
export const COMPRESSIONS: Readonly<Record<LayerCompression, Compression>> = {
  gzip: { memberBytes: MIB, compress: (bytes) => gzip(bytes, GZIP_LEVEL) },
  zstd: { memberBytes: 4 * MIB, compress: (bytes) => zstdCompressSync(bytes, ZSTD_OPTIONS) },
};
