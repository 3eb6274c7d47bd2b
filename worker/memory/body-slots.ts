/** Some bodies end with their request, and nobody calls `end`. Their slot becomes free after this time. */
const FORGOTTEN_AFTER_MS = 600_000;

/** Limits how many bodies an isolate works on at a time, and takes each body once at a time. */
export class BodySlots {
  readonly #max: number;
  /** The start time of each body, by name. Milliseconds since the epoch. */
  readonly #begun = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a slot. False if the body has a slot already, or if no slot is free. */
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
