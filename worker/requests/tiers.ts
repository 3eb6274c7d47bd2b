/** The places that may answer, nearest first. */
const TIERS = ["memory", "colo", "kv", "r2", "origin", "build"] as const;

export type Tier = (typeof TIERS)[number];

/** Writes down which tiers a request asked and how long each took. */
export class TierLog {
  readonly #timings: string[] = [];
  #farthest = 0;

  /** Asks a tier; undefined means that it does not have what is asked for. Look-ups other than the content's are named. */
  async ask<T>(tier: Tier, read: () => Promise<T>, name: string = tier): Promise<T> {
    // workerd's clock stands still while code runs: what shows is the time that the tier took to answer.
    const started = Date.now();
    try {
      const found = await read();
      if (found !== undefined) this.#farthest = Math.max(this.#farthest, TIERS.indexOf(tier));
      return found;
    } finally {
      this.#timings.push(`${name};dur=${Date.now() - started}`);
    }
  }

  /** `Cornice-Cache` names the farthest tier that was needed; `Server-Timing` all that were asked, in order, with ms. */
  headers(): Record<string, string> {
    return { "Cornice-Cache": TIERS[this.#farthest] ?? "", "Server-Timing": this.#timings.join(", ") };
  }
}
