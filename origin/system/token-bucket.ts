export interface Rate {
  readonly perSecond: number;
  /** What may be taken at once after a time of rest. */
  readonly burst: number;
}

/** A budget that fills with time. `now` in milliseconds. */
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

  /** Takes tokens that may not be there yet. Returns how long to wait until they are; milliseconds. */
  take(count: number): number {
    const { perSecond, burst } = this.#rate;
    const at = this.#now();
    // A clock that is set back takes nothing away.
    const elapsedMs = Math.max(0, at - this.#filledAt);
    this.#filledAt = at;
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs * perSecond) / 1000) - count;
    return this.#tokens < 0 ? (-this.#tokens * 1000) / perSecond : 0;
  }
}
