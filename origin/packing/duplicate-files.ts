import { createHash } from "node:crypto";
import { closeSync, readSync } from "node:fs";
import { EqualFiles, MIN_EQUAL_BYTES } from "../nars/equal-files.ts";
import { PAUSE, type Pause } from "./pause.ts";
import { openRegularFile } from "./regular-file.ts";
import type { ByteString } from "../../image/tar/byte-string.ts";

/** About ten milliseconds of work. Then another layer has its turn. */
const BYTES_A_TURN = 4_194_304;
const chunk = Buffer.allocUnsafe(262_144);

interface FileToCompare {
  readonly path: ByteString;
  readonly size: number;
  readonly mode: number;
}

/**
 * Finds files with the same bytes and mode: a program under two names, or a Python module compiled with assertions and
 * without. Blocks its thread. Yields pauses.
 */
export class DuplicateFiles {
  readonly #files = new EqualFiles<FileToCompare>();
  /** Bytes read since the last pause. */
  #read = 0;

  /** Returns the path of the first equal file that it was asked about before. Undefined if there is none. */
  *find(file: FileToCompare): Generator<Pause, ByteString | undefined> {
    if (file.size < MIN_EQUAL_BYTES) return undefined;
    if (!this.#files.isKnown(file)) {
      this.#files.addFirst(file, file);
      return undefined;
    }
    const first = this.#files.takeFirst(file);
    if (first !== undefined) this.#files.addHashed(file, yield* this.#hash(first.path), first);
    return this.#files.findOrAdd(file, yield* this.#hash(file.path), file.path);
  }

  *#hash(path: ByteString): Generator<Pause, string> {
    const descriptor = openRegularFile(path);
    try {
      const hash = createHash("sha256");
      for (let count = readSync(descriptor, chunk); count > 0; count = readSync(descriptor, chunk)) {
        hash.update(chunk.subarray(0, count));
        this.#read += count;
        if (this.#read < BYTES_A_TURN) continue;
        this.#read = 0;
        yield PAUSE;
      }
      return hash.digest("hex");
    } finally {
      closeSync(descriptor);
    }
  }
}
