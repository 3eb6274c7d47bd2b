import { NarError } from "./nar-error.ts";
import { HALF_BYTES, HALF_RANGE, NUMBER_BYTES, padded } from "./wire-format.ts";

/** Yielded when the input has too few bytes. The next call must come after the next chunk. */
export const MORE = undefined;

/** Which archive is read. */
export interface NarSource {
  /** `/nix/store/…` */
  readonly path: string;
  /** Bytes of the whole archive. */
  readonly narSize: number;
}

/** `MAX_SAFE_INTEGER` has 53 bits: 21 above the lower half. */
const MAX_UPPER_HALF = 2 ** 21;

/** The bytes of an archive that have arrived and are not read. Each method leaves nothing half read. */
export class NarInput {
  readonly #source: NarSource;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #received = 0;

  constructor(source: NarSource) {
    this.#source = source;
  }

  /** Adds a chunk. Copies the unread bytes in front of it: at most the longest text of the format. */
  add(chunk: Uint8Array): void {
    this.#received += chunk.length;
    if (this.#received > this.#source.narSize) throw this.error(`is larger than ${this.#source.narSize} bytes`);
    const next = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#bytes = this.left === 0 ? next : Buffer.concat([this.#bytes.subarray(this.#at), next]);
    this.#at = 0;
  }

  /** Bytes that have arrived and are not read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Bytes of the whole archive that are not read. */
  get #remaining(): number {
    return this.#source.narSize - this.#received + this.left;
  }

  error(problem: string): NarError {
    return new NarError(this.#source.path, problem);
  }

  startsWith(text: Uint8Array): boolean {
    for (let index = 0; index < text.length; index++) if (this.#bytes[this.#at + index] !== text[index]) return false;
    return true;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** Reads a text that must come now. */
  *expect(text: Uint8Array): Generator<typeof MORE, void> {
    while (this.left < text.length) yield MORE;
    if (!this.startsWith(text)) throw this.unexpected();
    this.#at += text.length;
  }

  unexpected(): NarError {
    return this.error("has a text that the format does not allow");
  }

  /** Reads the length of a text. */
  *length(): Generator<typeof MORE, number> {
    while (this.left < NUMBER_BYTES) yield MORE;
    const lower = this.#bytes.readUInt32LE(this.#at);
    const upper = this.#bytes.readUInt32LE(this.#at + HALF_BYTES);
    this.#at += NUMBER_BYTES;
    const length = upper * HALF_RANGE + lower;
    if (upper >= MAX_UPPER_HALF || length > this.#remaining) throw this.error("has a length beyond its own end");
    return length;
  }

  /** Reads a text of 1 to `maxBytes` bytes, one character a byte. `what` names it. */
  *text(maxBytes: number, what: string): Generator<typeof MORE, string> {
    const length = yield* this.length();
    if (length === 0 || length > maxBytes) throw this.error(`has ${what} that is empty or too long`);
    while (this.left < padded(length)) yield MORE;
    const text = this.#bytes.toString("latin1", this.#at, this.#at + length);
    if (text.includes("\0")) throw this.error(`has ${what} with a NUL`);
    this.#at += length;
    yield* this.padding(length);
    return text;
  }

  /** Reads the zeros behind a text. */
  *padding(length: number): Generator<typeof MORE, void> {
    const bytes = padded(length) - length;
    while (this.left < bytes) yield MORE;
    for (let index = 0; index < bytes; index++)
      if (this.#bytes[this.#at + index] !== 0) throw this.error("has padding that is not zero");
    this.#at += bytes;
  }

  /** Returns at most `bytes` of what has arrived, without a copy. */
  part(bytes: number): Buffer {
    const part = this.#bytes.subarray(this.#at, this.#at + bytes);
    this.#at += part.length;
    return part;
  }

  /** Throws if bytes follow the last node. */
  checkNoMore(): void {
    if (this.left > 0) throw this.error("has bytes behind its end");
  }

  /** Throws if a part of the archive is missing. `isComplete`: whether its last node has ended. */
  checkWhole(isComplete: boolean): void {
    if (!isComplete || this.#received < this.#source.narSize) throw this.error("ends early");
  }
}
