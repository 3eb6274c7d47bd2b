/** The places that may answer, nearest first. */
const TIERS = ["memory", "colo", "kv", "r2", "edge", "origin", "build"] as const;

export type Tier = (typeof TIERS)[number];

/** How a tier answered. `name` is the name of the tier or of a special look-up; `ms` is the time until the answer. */
export interface TierAnswer {
  readonly name: string;
  readonly answer: "found" | "nothing" | "failed";
  readonly ms: number;
}

interface Asking<T> {
  readonly name?: string;
  readonly tierOf?: (found: NonNullable<T>) => Tier;
}

/** Writes down which tiers a request asked and how long each took. */
export class TierLog {
  readonly #timings: string[] = [];
  readonly #onAnswer: ((answer: TierAnswer) => void) | undefined;
  #farthest = 0;

  constructor(onAnswer?: (answer: TierAnswer) => void) {
    this.#onAnswer = onAnswer;
  }

  /**
   * Asks a tier. `read` returns undefined if the tier does not have the entry. Special look-ups have a `name`. If only
   * the answer shows which tier it came from, `tierOf` tells.
   */
  async ask<T>(tier: Tier, read: () => Promise<T>, { name, tierOf = () => tier }: Asking<T> = {}): Promise<T> {
    // workerd's clock stands still while code runs. So this measures only the wait for the tier's answer.
    const started = Date.now();
    let answer: TierAnswer["answer"] = "failed";
    let answering: Tier = tier;
    try {
      const found = await read();
      answer = found === undefined ? "nothing" : "found";
      if (found === undefined || found === null) return found;
      answering = tierOf(found);
      this.#farthest = Math.max(this.#farthest, TIERS.indexOf(answering));
      return found;
    } finally {
      const ms = Date.now() - started;
      this.note(name ?? answering, ms);
      this.#onAnswer?.({ name: name ?? answering, answer, ms });
    }
  }

  /** Adds how long a step took, in milliseconds. */
  note(name: string, ms: number): void {
    this.#timings.push(`${name};dur=${ms}`);
  }

  /** `Cornice-Cache` names the farthest tier that answered. `Server-Timing` lists all asked tiers in order, with ms. */
  headers(): Record<string, string> {
    return { "Cornice-Cache": TIERS[this.#farthest] ?? "", "Server-Timing": this.#timings.join(", ") };
  }
}
