/** An object looks for a place after this time for each object that is before it. Milliseconds. */
const POLL_MS = 10;
/** A waiting object looks for a place at least this often. Milliseconds. */
const MAX_POLL_MS = 1000;
/** An object that has not looked for a place for this time is lost. A busy isolate runs timers late. Milliseconds. */
const LOST_MS = 20 * MAX_POLL_MS;

/**
 * Limits how much work runs at a time in one isolate, first come, first served. Durable Objects share it, and the platform
 * forbids that a promise of one object wakes another. So each object waits by a timer of its own. A lost object never gives
 * its place back. So a place is free again after the longest time that work may take.
 */
export class Places {
  /** When each place was taken; milliseconds since the epoch. */
  readonly #taken = new Map<symbol, number>();
  /** Who waits, the oldest first, and when each last looked for a place; milliseconds since the epoch. */
  readonly #waiting = new Map<symbol, number>();
  readonly #count: number;
  readonly #maxHeldMs: number;

  constructor(count: number, maxHeldMs: number) {
    this.#count = count;
    this.#maxHeldMs = maxHeldMs;
  }

  /** Waits for a place, and runs the work in it. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const place = Symbol("place");
    this.#waiting.set(place, Date.now());
    for (let before = this.#before(place); before >= this.#free; before = this.#before(place)) {
      const pause = Math.min(MAX_POLL_MS, POLL_MS * (1 + before - this.#free));
      await new Promise((resolve) => void setTimeout(resolve, pause));
      this.#waiting.set(place, Date.now());
    }
    this.#waiting.delete(place);
    this.#taken.set(place, Date.now());
    try {
      return await work();
    } finally {
      this.#taken.delete(place);
    }
  }

  get #free(): number {
    const now = Date.now();
    for (const [place, since] of this.#taken) if (now - since >= this.#maxHeldMs) this.#taken.delete(place);
    return this.#count - this.#taken.size;
  }

  /** How many wait that came before. */
  #before(place: symbol): number {
    const now = Date.now();
    let before = 0;
    for (const [other, seenAt] of this.#waiting) {
      if (other === place) break;
      if (now - seenAt >= LOST_MS) this.#waiting.delete(other);
      else before += 1;
    }
    return before;
  }
}
