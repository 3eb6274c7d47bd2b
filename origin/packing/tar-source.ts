import { closeSync, readSync } from "node:fs";
import type { TarSection } from "./layer-content.ts";
import { PAUSE, type Pause } from "./pause.ts";
import { openRegularFile } from "./regular-file.ts";
import { filePath } from "../system/file-path.ts";
import type { Content } from "../../image/tar/tar-entry.ts";
import { BLOCK_BYTES, paddingBytes, sizeOf, tarHeader } from "../../image/tar/tar-header.ts";

/** Two blocks of zeros end a tar. */
const TRAILER = Buffer.alloc(2 * BLOCK_BYTES);
const PADDING = Buffer.alloc(BLOCK_BYTES);
/** Takes a byte that should not be there. */
const SURPLUS = Buffer.alloc(1);

/** A tar that is made while it is read, section by section. Reads synchronously: for threads that may wait. */
export class TarSource {
  readonly #sections: readonly TarSection[];
  #index = 0;
  #pieces: Iterator<Content | Pause, void> | undefined;
  #piece: OpenPiece | undefined;
  #isPaused = false;
  /** What was read before a pause: the slab goes to somebody else meanwhile. */
  #stash: Buffer | undefined;

  constructor(sections: Iterable<TarSection>) {
    this.#sections = [...sections];
    this.#openSection();
  }

  /** The section that the next bytes are of; undefined at the tar's end. */
  get section(): TarSection | undefined {
    return this.#sections[this.#index];
  }

  /**
   * Fills the slab and returns how many bytes it now holds: less than its length only at a section's end, where it may be
   * none. "paused"
   * when there is more to do before; what was read so far comes with the next call, at the slab's beginning.
   */
  read(slab: Uint8Array): number | "paused" {
    let filled = this.#takeStash(slab);
    if (this.#isPaused) this.#nextPiece();
    while (filled < slab.length && this.#piece) {
      filled += this.#piece.read(slab.subarray(filled));
      if (this.#piece.left === 0) this.#nextPiece();
    }
    if (this.#isPaused && filled < slab.length) {
      if (filled > 0) this.#stash = Buffer.from(slab.subarray(0, filled));
      return "paused";
    }
    if (!this.#piece && !this.#isPaused) this.#moveTo(this.#index + 1);
    return filled;
  }

  #takeStash(slab: Uint8Array): number {
    const stash = this.#stash;
    this.#stash = undefined;
    if (stash) slab.set(stash);
    return stash?.length ?? 0;
  }

  /** Goes back to the beginning of the section that was just read to its end. */
  rewindSection(): void {
    this.#moveTo(this.#index - 1);
  }

  /** Closes the file that is being read. */
  close(): void {
    this.#piece?.close();
    this.#piece = undefined;
    // A list that is being made may have a file open.
    this.#pieces?.return?.();
    this.#pieces = undefined;
    this.#stash = undefined;
  }

  #moveTo(index: number): void {
    this.#index = index;
    this.#openSection();
  }

  #openSection(): void {
    this.#pieces = this.section && tarPieces(this.section);
    this.#nextPiece();
  }

  #nextPiece(): void {
    this.#piece?.close();
    this.#piece = undefined;
    this.#isPaused = false;
    const { value, done } = this.#pieces?.next() ?? { done: true };
    if (done) return;
    if ("type" in value) this.#isPaused = true;
    else this.#piece = openPiece(value);
  }
}

function* tarPieces({ entries, isLast }: TarSection): Generator<Content | Pause, void> {
  for (const entry of entries()) {
    if (entry.type === "pause") {
      yield PAUSE;
      continue;
    }
    yield { kind: "bytes", bytes: tarHeader(entry) };
    const size = sizeOf(entry);
    if (entry.type === "file" && size > 0) yield entry.content;
    const padding = paddingBytes(size);
    if (padding > 0) yield { kind: "bytes", bytes: PADDING.subarray(0, padding) };
  }
  if (isLast) yield { kind: "bytes", bytes: TRAILER };
}

interface OpenPiece {
  /** Bytes not read yet. */
  readonly left: number;
  /** Copies as many bytes as there are, and fit; returns their number. */
  read(target: Uint8Array): number;
  close(): void;
}

function openPiece(content: Content): OpenPiece {
  return content.kind === "bytes" ? new BytesPiece(content.bytes) : new FilePiece(content.path, content.size);
}

class BytesPiece implements OpenPiece {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length;
  }

  read(target: Uint8Array): number {
    const part = this.#bytes.subarray(0, target.length);
    target.set(part);
    this.#bytes = this.#bytes.subarray(part.length);
    return part.length;
  }

  close(): void {}
}

/** A file that ends before its listed size, or goes on after it, is an error: the header is written already. */
class FilePiece implements OpenPiece {
  readonly #path: Buffer;
  readonly #size: number;
  readonly #descriptor: number;
  left: number;

  constructor(path: string, size: number) {
    this.#path = filePath(path);
    this.#size = size;
    this.left = size;
    this.#descriptor = openRegularFile(path);
  }

  read(target: Uint8Array): number {
    const count = readSync(this.#descriptor, target, 0, Math.min(target.length, this.left), null);
    this.left -= count;
    if (count === 0) throw this.#changed("ends before");
    if (this.left === 0 && readSync(this.#descriptor, SURPLUS) > 0) throw this.#changed("goes on after");
    return count;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #changed(what: string): Error {
    return new Error(`${this.#path.toString()} ${what} the ${this.#size} bytes it was listed with`);
  }
}
