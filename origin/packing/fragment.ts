import { closeSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { PAUSE, type Pause } from "./pause.ts";
import { openRegularFile } from "./regular-file.ts";
import { byteString } from "../../image/tar/byte-string.ts";

/** Where a layer holds the compressed form of a store path: whole members, which any other layer may hold too. */
export interface FragmentRange {
  readonly offset: number;
  /** Bytes, compressed. */
  readonly size: number;
  /** CRC-32, because a power cut may damage the file. */
  readonly checksum: number;
  /**
   * SHA-256 of the store path's tar, as `TarHash` computes it. The store path may have other bytes now, if it was
   * garbage-collected and built again.
   */
  readonly tarHash: string;
}

export interface Fragment extends FragmentRange {
  /** The file that holds the layer. */
  readonly file: string;
}

const CHUNK_BYTES = 1_048_576;
const chunk = Buffer.allocUnsafe(CHUNK_BYTES);

/** A fragment with an open file. It stays readable if the file is removed or renamed. Blocks its thread. */
export class OpenFragment {
  readonly #descriptor: number;
  readonly #range: FragmentRange;

  private constructor(descriptor: number, range: FragmentRange) {
    this.#descriptor = descriptor;
    this.#range = range;
  }

  /** Undefined if the file cannot be opened. */
  static open(fragment: Fragment): OpenFragment | undefined {
    try {
      return new OpenFragment(openRegularFile(byteString(fragment.file)), fragment);
    } catch {
      // Without a fragment, the packing thread compresses the store path again.
      return undefined;
    }
  }

  get range(): FragmentRange {
    return this.#range;
  }

  /** Yields the bytes, piece by piece. The next piece overwrites the last one. */
  *read(): Generator<Uint8Array, void> {
    for (let done = 0; done < this.#range.size;) {
      const length = Math.min(CHUNK_BYTES, this.#range.size - done);
      const count = readSync(this.#descriptor, chunk, 0, length, this.#range.offset + done);
      if (count === 0) throw new Error("a kept layer became shorter while it was read");
      yield chunk.subarray(0, count);
      done += count;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Whether the file still has the same bytes. Yields pauses, because a fragment may be as large as an image. */
  *check(): Generator<Pause, boolean> {
    let checksum = 0;
    try {
      for (const bytes of this.read()) {
        checksum = crc32(bytes, checksum);
        yield PAUSE;
      }
    } catch {
      return false;
    }
    return checksum === this.#range.checksum;
  }
}
