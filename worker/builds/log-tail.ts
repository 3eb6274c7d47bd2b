const MAX_LINES = 500;
/** UTF-16 code units, of two bytes at most: an isolate of 128 MB holds many builds. */
const MAX_LENGTH = 256 * 1024;
const MAX_LINE_LENGTH = 2048;

/** The last lines of a log, however long it and they are. */
export class LogTail {
  readonly #lines: string[] = [];
  #length = 0;

  add(line: string): void {
    const kept = line.slice(0, MAX_LINE_LENGTH);
    this.#lines.push(kept);
    this.#length += kept.length;
    while (this.#lines.length > MAX_LINES || this.#length > MAX_LENGTH)
      this.#length -= this.#lines.shift()?.length ?? 0;
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }
}
