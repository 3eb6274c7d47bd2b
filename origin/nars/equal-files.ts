import type { ByteString } from "../../image/tar/byte-string.ts";

/** Smaller files compress well together with their neighbours, so a link would save almost nothing. In bytes. */
export const MIN_EQUAL_BYTES = 4096;
/** About 20 MB of memory. Further files are not remembered. */
const MAX_REMEMBERED = 65_536;
/** Three times the length of 65,536 usual paths. Only a hostile tree needs more. */
const MAX_PATH_BYTES = 33_554_432;

/** Files can only be equal if they have the same size and mode. */
export interface FileShape {
  /** Bytes. */
  readonly size: number;
  readonly mode: number;
}

/**
 * Remembers the files of one store path by shape, and by SHA-256 where several have one shape. A reader of the disk
 * hashes the first file of a shape only when a second one comes. A reader of a stream has its hash already. `First` is
 * what the reader needs about the first file.
 */
export class EqualFiles<First extends { readonly path: ByteString }> {
  /** For each shape, the only file with it. `null` if there are several. */
  readonly #only = new Map<string, First | null>();
  /** The other files, by shape and SHA-256. */
  readonly #hashed = new Map<string, ByteString>();
  #pathBytes = 0;

  /** Whether an earlier file can be equal to a file of this shape. */
  isKnown(shape: FileShape): boolean {
    return this.#only.has(shapeKey(shape));
  }

  /** Whether further files are not remembered. */
  get isFull(): boolean {
    return this.#only.size + this.#hashed.size >= MAX_REMEMBERED || this.#pathBytes >= MAX_PATH_BYTES;
  }

  /** Remembers the first file of a shape. */
  addFirst(shape: FileShape, first: First): void {
    if (this.isFull) return;
    this.#only.set(shapeKey(shape), first);
    this.#pathBytes += first.path.length;
  }

  /** Returns the only file of a shape, once. The caller then adds it with its hash. */
  takeFirst(shape: FileShape): First | undefined {
    const key = shapeKey(shape);
    const first = this.#only.get(key) ?? undefined;
    if (first !== undefined) this.#only.set(key, null);
    return first;
  }

  /** Adds a file that `takeFirst` has returned. */
  addHashed(shape: FileShape, sha256: string, { path }: First): void {
    this.#hashed.set(hashKey(shape, sha256), path);
  }

  /** Returns the path of the first equal file. If there is none, remembers this one. */
  findOrAdd(shape: FileShape, sha256: string, path: ByteString): ByteString | undefined {
    const key = hashKey(shape, sha256);
    const same = this.#hashed.get(key);
    if (same === undefined && !this.isFull) {
      this.#hashed.set(key, path);
      this.#pathBytes += path.length;
    }
    return same;
  }
}

function shapeKey({ size, mode }: FileShape): string {
  return `${size} ${mode}`;
}

function hashKey(shape: FileShape, sha256: string): string {
  return `${shapeKey(shape)} ${sha256}`;
}
