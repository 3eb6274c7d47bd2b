import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { type ByteString, bytesOf } from "./tar-entry.ts";

/** Of smaller files, which compress together with their neighbours, a link would spare next to nothing; bytes. */
const MIN_DUPLICATE_BYTES = 4096;
/** About 20 MB of memory; files after these are not compared. */
const MAX_REMEMBERED = 65_536;
const chunk = Buffer.allocUnsafe(262_144);

interface FileToCompare {
  readonly path: ByteString;
  readonly size: number;
  readonly mode: number;
}

/**
 * Finds files with the same bytes and mode among those that it is told of, in their order: such as a program under two
 * names, or a Python module compiled with assertions and without. Reads synchronously: for threads that may wait.
 */
export class DuplicateFiles {
  /** By size and mode: the only file that has these, or `null` once there are more. */
  readonly #only = new Map<string, ByteString | null>();
  /** Those that are not the only ones, by size, mode and SHA-256. */
  readonly #hashed = new Map<string, ByteString>();

  /** The path of the first file that is the same; undefined where there is none. */
  find({ path, size, mode }: FileToCompare): ByteString | undefined {
    if (size < MIN_DUPLICATE_BYTES) return undefined;
    const shape = `${size} ${mode}`;
    const only = this.#only.get(shape);
    if (only === undefined) {
      if (!this.#isFull) this.#only.set(shape, path);
      return undefined;
    }
    if (only !== null) {
      this.#only.set(shape, null);
      this.#hashed.set(`${shape} ${hashOf(only)}`, only);
    }
    const key = `${shape} ${hashOf(path)}`;
    const same = this.#hashed.get(key);
    if (same === undefined && !this.#isFull) this.#hashed.set(key, path);
    return same;
  }

  get #isFull(): boolean {
    return this.#only.size + this.#hashed.size >= MAX_REMEMBERED;
  }
}

function hashOf(path: ByteString): string {
  const descriptor = openSync(bytesOf(path), "r");
  try {
    const hash = createHash("sha256");
    for (let count = readSync(descriptor, chunk); count > 0; count = readSync(descriptor, chunk)) {
      hash.update(chunk.subarray(0, count));
    }
    return hash.digest("hex");
  } finally {
    closeSync(descriptor);
  }
}
