export interface Rate {
  readonly perSecond: number;
  /** Maximum number of saved tokens. A caller can take them at once after a rest. */
  readonly burst: number;
}

/** A budget that refills with time. `now` gives milliseconds. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
    this.#tokens = rate.burst;
    this.#filledAt = now();
  }

  /** Takes tokens, also tokens that do not exist yet. Returns how long to wait for those; milliseconds. */
  take(count: number): number {
    const { perSecond, burst } = this.#rate;
    const at = this.#now();
    // If the clock is set back, no tokens are lost.
    const elapsedMs = Math.max(0, at - this.#filledAt);
    this.#filledAt = at;
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs * perSecond) / 1000) - count;
    return this.#tokens < 0 ? (-this.#tokens * 1000) / perSecond : 0;
  }
}
