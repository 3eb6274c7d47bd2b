import { closeSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { PAUSE, type Pause } from "./pause.ts";
import { openRegularFile } from "./regular-file.ts";
import { byteString } from "../../image/tar/byte-string.ts";

/** The compressed form of a store path, as a part of a layer: whole members, which any layer may hold. */
export interface FragmentRange {
  readonly offset: number;
  /** Bytes, compressed. */
  readonly size: number;
  /** CRC-32: a file may have lost what was written before a power cut. */
  readonly checksum: number;
  /**
   * SHA-256 of the tar that it is the compressed form of, as `TarHash` has it: a store path that was collected as
   * garbage and built again may have other bytes under its old name.
   */
  readonly tarHash: string;
}

export interface Fragment extends FragmentRange {
  /** The file that holds the layer. */
  readonly file: string;
}

const CHUNK_BYTES = 1_048_576;
const chunk = Buffer.allocUnsafe(CHUNK_BYTES);

/** A fragment that can be read, whatever becomes of its file's name. Reads synchronously: for threads that may wait. */
export class OpenFragment {
  readonly #descriptor: number;
  readonly #range: FragmentRange;

  private constructor(descriptor: number, range: FragmentRange) {
    this.#descriptor = descriptor;
    this.#range = range;
  }

  /** Undefined when the file is gone. */
  static open(fragment: Fragment): OpenFragment | undefined {
    try {
      return new OpenFragment(openRegularFile(byteString(fragment.file)), fragment);
    } catch {
      // It is made anew then, as if there had been none.
      return undefined;
    }
  }

  get range(): FragmentRange {
    return this.#range;
  }

  /** The bytes, piece by piece; each piece is valid until the next is asked for. */
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

  /** Whether the file still holds what it did. A fragment may be as large as an image: others have turns meanwhile. */
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
