import type { TarEntry } from "../../image/tar/tar-entry.ts";
import { BLOCK_BYTES, paddingBytes, tarHeader } from "../../image/tar/tar-header.ts";

/** The size of all chunks but the last; bytes. */
const CHUNK_BYTES = 262_144;
const ZEROS = new Uint8Array(BLOCK_BYTES);

/**
 * Joins the pieces of a tar into chunks, because most headers and files are small. A chunk is valid until the next one:
 * a buffer for each chunk would cost more garbage collection than the copy of its reader.
 */
export class TarWriter {
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #filled = 0;

  /** Each method yields the chunks that have become full. */
  *header(entry: TarEntry): Generator<Uint8Array> {
    yield* this.bytes(tarHeader(entry));
  }

  *bytes(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + CHUNK_BYTES - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === CHUNK_BYTES) yield this.#take();
    }
  }

  /** The zeros behind a file of `size` bytes. */
  *padding(size: number): Generator<Uint8Array> {
    yield* this.bytes(ZEROS.subarray(0, paddingBytes(size)));
  }

  *rest(): Generator<Uint8Array> {
    if (this.#filled > 0) yield this.#take();
  }

  #take(): Uint8Array {
    const chunk = this.#chunk.subarray(0, this.#filled);
    this.#filled = 0;
    return chunk;
  }
}
