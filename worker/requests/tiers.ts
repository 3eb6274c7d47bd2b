/** The places that may answer, nearest first. */
const TIERS = ["memory", "colo", "kv", "r2", "origin", "build"] as const;

export type Tier = (typeof TIERS)[number];

/** How a tier answered: `name` is the tier's, or that of a look-up of its own; `ms` until the answer. */
export interface TierAnswer {
  readonly name: string;
  readonly answer: "found" | "nothing" | "failed";
  readonly ms: number;
}

/** Writes down which tiers a request asked and how long each took. */
export class TierLog {
  readonly #timings: string[] = [];
  readonly #onAnswer: ((answer: TierAnswer) => void) | undefined;
  #farthest = 0;

  constructor(onAnswer?: (answer: TierAnswer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** Asks a tier; undefined means that it does not have what is asked for. Look-ups other than the content's are named. */
  async ask<T>(tier: Tier, read: () => Promise<T>, name: string = tier): Promise<T> {
    // workerd's clock stands still while code runs: what shows is the time that the tier took to answer.
    const started = Date.now();
    let answer: TierAnswer["answer"] = "failed";
    try {
      const found = await read();
      answer = found === undefined ? "nothing" : "found";
      if (found !== undefined) this.#farthest = Math.max(this.#farthest, TIERS.indexOf(tier));
      return found;
    } finally {
      const ms = Date.now() - started;
      this.#timings.push(`${name};dur=${ms}`);
      this.#onAnswer?.({ name, answer, ms });
    }
  }

  /** `Cornice-Cache` names the farthest tier that was needed; `Server-Timing` all that were asked, in order, with ms. */
  headers(): Record<string, string> {
    return { "Cornice-Cache": TIERS[this.#farthest] ?? "", "Server-Timing": this.#timings.join(", ") };
  }
}
