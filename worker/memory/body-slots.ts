/** A body that was taken up so long ago may have ended without a word, with its request. */
const FORGOTTEN_AFTER_MS = 600_000;

/** The bodies that an isolate does something with as they pass: each once at a time, and not too many. */
export class BodySlots {
  readonly #max: number;
  /** When they were taken up, by name; milliseconds since the epoch. */
  readonly #begun = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** False where the body must not be taken up now. */
  begin(name: string): boolean {
    const now = Date.now();
    for (const [other, begun] of this.#begun) if (now - begun > FORGOTTEN_AFTER_MS) this.#begun.delete(other);
    if (this.#begun.has(name) || this.#begun.size >= this.#max) return false;
    this.#begun.set(name, now);
    return true;
  }

  end(name: string): void {
    this.#begun.delete(name);
  }
}
