/** A failed program prints the reason in its last lines. A progress meter can print thousands of lines before. */
const MAX_LINES = 20;

/** The last lines of a program's log. */
export class LastLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  get text(): string {
    return this.#lines.join("\n");
  }
}
