import { createHash } from "node:crypto";
import { closeSync, readSync } from "node:fs";
import { PAUSE, type Pause } from "./pause.ts";
import { openRegularFile } from "./regular-file.ts";
import type { ByteString } from "../../image/tar/byte-string.ts";

/** Smaller files compress well together with their neighbours, so a link would save almost nothing. In bytes. */
const MIN_DUPLICATE_BYTES = 4096;
/** About 20 MB of memory. Further files are not remembered. */
const MAX_REMEMBERED = 65_536;
/** Three times the length of 65,536 usual paths. Only a hostile tree needs more. */
const MAX_PATH_BYTES = 33_554_432;
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
  /** For each size and mode, the only file with them. `null` if there are several. */
  readonly #only = new Map<string, ByteString | null>();
  /** The other files, by size, mode and SHA-256. */
  readonly #hashed = new Map<string, ByteString>();
  #pathBytes = 0;
  /** Bytes read since the last pause. */
  #read = 0;

  /** Returns the path of the first equal file that it was asked about before. Undefined if there is none. */
  *find({ path, size, mode }: FileToCompare): Generator<Pause, ByteString | undefined> {
    if (size < MIN_DUPLICATE_BYTES) return undefined;
    const shape = `${size} ${mode}`;
    const only = this.#only.get(shape);
    if (only === undefined) {
      if (!this.#isFull) this.#only.set(shape, this.#remember(path));
      return undefined;
    }
    if (only !== null) {
      this.#only.set(shape, null);
      this.#hashed.set(`${shape} ${yield* this.#hash(only)}`, only);
    }
    const key = `${shape} ${yield* this.#hash(path)}`;
    const same = this.#hashed.get(key);
    if (same === undefined && !this.#isFull) this.#hashed.set(key, this.#remember(path));
    return same;
  }

  #remember(path: ByteString): ByteString {
    this.#pathBytes += path.length;
    return path;
  }

  get #isFull(): boolean {
    return this.#only.size + this.#hashed.size >= MAX_REMEMBERED || this.#pathBytes >= MAX_PATH_BYTES;
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
