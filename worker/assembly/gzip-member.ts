import libdeflate from "libdeflate/libdeflate.wasm";
import { createGzip } from "./libdeflate.ts";

let compress: ReturnType<typeof createGzip> | undefined;

/**
 * Compresses at most 1 MiB into a gzip member, with the bytes that the origin's compressor gives. The first call of an
 * isolate takes 16 MiB of memory, and all calls share it. Throws `RangeError` for more bytes.
 */
export function gzipMember(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  compress ??= createGzip(libdeflate);
  return compress(bytes);
}
