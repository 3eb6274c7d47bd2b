export interface LineLimit {
  /** Of a line without its end. */
  readonly maxBytes: number;
  /** Gets the beginning of a longer line, and returns the line that stands for it. May throw. */
  readonly onLong: (beginning: string) => string;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** The least that is set aside for a line that comes in pieces; bytes. */
const MIN_HELD_BYTES = 4096;

/**
 * Cuts bytes into lines. A line ends at the byte "\n" and nowhere else: builders choose what they print, and U+2028 or a
 * "\r" in the middle must not begin a line that looks like one of Nix's own. A "\r" at a line's end is cut off.
 * Of a line that is too long, the rest is skipped, so that memory is bounded.
 */
export class LineReader {
  readonly #limit: LineLimit;
  /** The beginning of a line whose end has not come. One buffer: a writer may send a byte at a time. */
  #held = Buffer.alloc(0);
  #heldBytes = 0;
  #isSkipping = false;

  constructor(limit: LineLimit) {
    this.#limit = limit;
  }

  /** The lines that end in these bytes. */
  *read(bytes: Buffer): Generator<string> {
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      const line = this.#isSkipping ? undefined : this.#finish(bytes.subarray(start, end));
      this.#isSkipping = false;
      start = end + 1;
      if (line !== undefined) yield line;
    }
    if (this.#isSkipping || start === bytes.length) return;
    const rest = bytes.subarray(start);
    this.#isSkipping = this.#heldBytes + rest.length > this.#limit.maxBytes;
    if (this.#isSkipping) yield this.#finish(rest);
    else this.#hold(rest);
  }

  /** A last line without an end. */
  *end(): Generator<string> {
    if (this.#heldBytes > 0) yield this.#finish(Buffer.alloc(0));
  }

  #finish(rest: Buffer): string {
    const { maxBytes, onLong } = this.#limit;
    const isLong = this.#heldBytes + rest.length > maxBytes;
    const end = isLong ? rest.subarray(0, maxBytes - this.#heldBytes) : rest;
    if (this.#heldBytes === 0) return isLong ? onLong(end.toString()) : lineText(end);
    this.#hold(end);
    const line = this.#held.subarray(0, this.#heldBytes);
    const text = isLong ? onLong(line.toString()) : lineText(line);
    this.#held = Buffer.alloc(0);
    this.#heldBytes = 0;
    return text;
  }

  #hold(bytes: Buffer): void {
    const size = this.#heldBytes + bytes.length;
    if (size > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(size, 2 * this.#held.length, MIN_HELD_BYTES));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldBytes);
    this.#heldBytes = size;
  }
}

function lineText(line: Buffer): string {
  return line.toString("utf8", 0, line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length);
}
