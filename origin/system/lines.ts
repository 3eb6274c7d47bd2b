export interface LineLimit {
  /** Maximum length of a line, without its line end. */
  readonly maxBytes: number;
  /** Gets the beginning of a longer line, and returns a line to use instead. May throw. */
  readonly onLong: (beginning: string) => string;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Smallest buffer for a line that comes in pieces; bytes. */
const MIN_HELD_BYTES = 4096;

/**
 * Splits bytes into lines. A line ends at the byte "\n" and nowhere else. Otherwise a builder could print U+2028 or
 * "\r", and after it a line that looks like one of Nix's own. A "\r" at the end of a line is removed.
 * The reader skips the rest of a line that is too long, so that it needs limited memory.
 */
export class LineReader {
  readonly #limit: LineLimit;
  /** The beginning of an unfinished line. It is one growing buffer, because a writer may send single bytes. */
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

  /** Returns the last line if it has no line end. */
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
