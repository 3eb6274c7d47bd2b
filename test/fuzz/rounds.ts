import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { isOutcome, type Outcome, type Trial } from "./property.ts";

/** A request to the thread. */
export interface Round extends Trial {
  readonly name: string;
}

/** In milliseconds. A round that takes this much longer than its own limit is stuck. */
const STUCK_MS = 60_000;

/** Tries properties in a separate thread, so that a property that never returns can be ended. */
export class Rounds {
  readonly #thread: Worker;
  readonly #ended: Promise<never>;

  /** Properties write their files below `directory`. */
  constructor(directory: string) {
    this.#thread = new Worker(new URL("./thread.ts", import.meta.url), { env: { ...process.env, TMPDIR: directory } });
    this.#ended = once(this.#thread, "exit").then(() => {
      throw new Error("the thread was ended");
    });
    this.#ended.catch(() => {});
  }

  /** A property that does not end in time has failed. Rejects if the thread is ended. */
  async run(round: Round): Promise<Outcome> {
    const stuck = new AbortController();
    const timer = setTimeout(() => stuck.abort(), (round.limitMs ?? 0) + STUCK_MS);
    const answer: Promise<unknown[]> = once(this.#thread, "message", { signal: stuck.signal });
    this.#thread.postMessage(round);
    try {
      const [outcome] = await Promise.race([answer, this.#ended]);
      if (isOutcome(outcome)) return outcome;
    } catch (error) {
      if (!stuck.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
    return { runs: 0, failure: { path: "", text: `it did not end within ${STUCK_MS / 1000} s beyond its time` } };
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }
}
