import { closeSync, readSync } from "node:fs";
import type { ArchiveFeed } from "../unpacking/archive-feed.ts";
import type { FedPath, TarSection } from "./layer-content.ts";
import type { Pause } from "./pause.ts";
import { openRegularFile } from "./regular-file.ts";
import { filePath } from "../system/file-path.ts";
import type { Content } from "../../image/tar/tar-entry.ts";
import { memberPieces, TAR_END } from "../../image/tar/tar-bytes.ts";

/** Room for one byte after a file's listed size. */
const SURPLUS = Buffer.alloc(1);

/** Makes a tar while it is read, section by section. Blocks its thread. */
export class TarSource {
  readonly #sections: readonly TarSection[];
  #index = 0;
  #pieces: Iterator<Content | FedPath | Pause, void> | undefined;
  #piece: OpenPiece | undefined;
  #isPaused = false;
  /** The bytes that were read before a pause. During the pause, another job may use the slab. */
  #stash: Buffer | undefined;

  constructor(sections: Iterable<TarSection>) {
    this.#sections = [...sections];
    this.#openSection();
  }

  /** The section of the next bytes. Undefined at the tar's end. */
  get section(): TarSection | undefined {
    return this.#sections[this.#index];
  }

  /**
   * Fills the slab and returns the number of its bytes. The slab is full, unless the section ends here. At a section's
   * end the number may be 0. Returns "paused" if the work needs another turn, or if it waits for an archive. The next call
   * then puts the bytes that were read so far at the slab's beginning.
   */
  read(slab: Uint8Array): number | "paused" {
    let filled = this.#takeStash(slab);
    if (this.#isPaused) this.#nextPiece();
    while (filled < slab.length && this.#piece) {
      const count = this.#piece.read(slab.subarray(filled));
      filled += count;
      if (this.#piece.left === 0) this.#nextPiece();
      else if (count === 0) return this.#pauseWith(slab.subarray(0, filled));
    }
    if (this.#isPaused && filled < slab.length) return this.#pauseWith(slab.subarray(0, filled));
    if (!this.#piece && !this.#isPaused) this.#moveTo(this.#index + 1);
    return filled;
  }

  /** Whether a read would give nothing, because an archive has not arrived. */
  get isWaiting(): boolean {
    return this.#piece?.isWaiting ?? false;
  }

  #pauseWith(bytes: Uint8Array): "paused" {
    if (bytes.length > 0) this.#stash = Buffer.from(bytes);
    return "paused";
  }

  #takeStash(slab: Uint8Array): number {
    const stash = this.#stash;
    this.#stash = undefined;
    if (stash) slab.set(stash);
    return stash?.length ?? 0;
  }

  /** Goes back to the beginning of the section before the current one. */
  rewindSection(): void {
    this.#moveTo(this.#index - 1);
  }

  /** Closes the file that is being read. */
  close(): void {
    this.#piece?.close();
    this.#piece = undefined;
    // The generator may have a file open.
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
    if ("kind" in value) this.#piece = openPiece(value);
    else if (value.type === "feed") this.#piece = new FedPiece(value.feed);
    else this.#isPaused = true;
  }
}

function* tarPieces({ entries, isLast }: TarSection): Generator<Content | FedPath | Pause, void> {
  for (const entry of entries()) {
    if (entry.type === "pause" || entry.type === "feed") yield entry;
    else yield* memberPieces(entry);
  }
  if (isLast) yield TAR_END;
}

interface OpenPiece {
  /** Bytes not read yet. Infinity while nobody knows. */
  readonly left: number;
  /** Whether a read would give nothing, although bytes are left. */
  readonly isWaiting: boolean;
  /** Copies bytes until the target is full or the piece ends, or fewer. Returns their number. */
  read(target: Uint8Array): number;
  close(): void;
}

function openPiece(content: Content): OpenPiece {
  return content.kind === "bytes" ? new BytesPiece(content.bytes) : new FilePiece(content.path, content.size);
}

/** The tar of a store path that comes from an archive. */
class FedPiece implements OpenPiece {
  readonly #feed: ArchiveFeed;

  constructor(feed: ArchiveFeed) {
    this.#feed = feed;
  }

  get left(): number {
    return this.#feed.isRead ? 0 : Infinity;
  }

  get isWaiting(): boolean {
    return !this.#feed.isReady;
  }

  read(target: Uint8Array): number {
    return this.#feed.read(target);
  }

  close(): void {
    this.#feed.close();
  }
}

class BytesPiece implements OpenPiece {
  readonly isWaiting = false;
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

/** Throws if the file is shorter or longer than its listed size, because the tar header already has this size. */
class FilePiece implements OpenPiece {
  readonly isWaiting = false;
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
    if (count === 0) throw this.#sizeError("shorter");
    if (this.left === 0 && readSync(this.#descriptor, SURPLUS) > 0) throw this.#sizeError("longer");
    return count;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #sizeError(comparison: "shorter" | "longer"): Error {
    return new Error(`${this.#path.toString()} is ${comparison} than its listed size of ${this.#size} bytes`);
  }
}
