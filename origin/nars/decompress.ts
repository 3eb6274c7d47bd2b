import { constants, createBrotliDecompress, createGunzip, createZstdDecompress } from "node:zlib";
import type { Compression } from "./compressions.ts";
import { decompressBzip2 } from "./decompress-bzip2.ts";
import { decompressXz } from "./decompress-xz.ts";
import { type Decoder, decodeMembers } from "./zlib-members.ts";

/** The size of decompressed chunks. Node's own 16 KiB cost a task of its thread pool each. */
const CHUNK_BYTES = 262_144;
/** 128 MiB, the window of `zstd --long`: the memory that one archive may have. */
const MAX_WINDOW_LOG = 27;

const ZLIB_DECODERS: Readonly<Record<Exclude<Compression, "none" | "xz" | "bzip2">, () => Decoder>> = {
  zstd: () =>
    createZstdDecompress({ chunkSize: CHUNK_BYTES, params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } }),
  gzip: () => createGunzip({ chunkSize: CHUNK_BYTES }),
  br: () => createBrotliDecompress({ chunkSize: CHUNK_BYTES }),
};

/**
 * Decompresses an archive while it arrives. Members, frames and streams may follow each other. Memory does not grow with
 * the archive, and nothing is decompressed before the reader asks for it. Throws `DecompressionError` for damaged bytes,
 * and the errors of `chunks` as they are.
 */
export function decompress(compression: Compression, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  switch (compression) {
    case "none":
      return chunks;
    case "xz":
      return decompressXz(chunks);
    case "bzip2":
      return decompressBzip2(chunks);
    case "zstd":
    case "gzip":
    case "br":
      return decodeMembers(compression, ZLIB_DECODERS[compression], chunks);
  }
}
