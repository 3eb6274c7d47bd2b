/** A waiting object looks for a place this often. Milliseconds. */
const POLL_MS = 20;

/**
 * Limits how much work runs at a time in one isolate. Durable Objects share it, and the platform forbids that a promise of
 * one object wakes another. So each object waits by a timer of its own. A lost object never gives its place back. So a
 * place is free again after the longest time that work may take.
 */
export class Places {
  /** When each place was taken; milliseconds since the epoch. */
  readonly #taken = new Map<symbol, number>();
  readonly #count: number;
  readonly #maxHeldMs: number;

  constructor(count: number, maxHeldMs: number) {
    this.#count = count;
    this.#maxHeldMs = maxHeldMs;
  }

  /** Waits for a place, and runs the work in it. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    let place = this.#take();
    while (!place) {
      await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
      place = this.#take();
    }
    try {
      return await work();
    } finally {
      this.#taken.delete(place);
    }
  }

  #take(): symbol | undefined {
    const now = Date.now();
    for (const [place, since] of this.#taken) if (now - since >= this.#maxHeldMs) this.#taken.delete(place);
    if (this.#taken.size >= this.#count) return undefined;
    const place = Symbol("place");
    this.#taken.set(place, now);
    return place;
  }
}
