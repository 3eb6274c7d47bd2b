import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Outcome, Trial } from "./property.ts";

/** What a thread is asked for. */
export interface Round extends Trial {
  readonly name: string;
}

/** A parser that takes longer for one line than this is stuck; milliseconds beyond the round's own limit. */
const STUCK_MS = 60_000;

/** Tries properties in a thread of its own, so that one that does not come back can be ended. */
export class Rounds {
  readonly #thread: Worker;
  readonly #ended: Promise<never>;

  /** Files are written below `directory`. */
  constructor(directory: string) {
    this.#thread = new Worker(new URL("./thread.ts", import.meta.url), { env: { ...process.env, TMPDIR: directory } });
    this.#ended = once(this.#thread, "exit").then(() => {
      throw new Error("the thread was ended");
    });
    this.#ended.catch(() => {});
  }

  /** A property that does not end within its time has failed. Rejects when the thread is ended. */
  async run(round: Round): Promise<Outcome> {
    const stuck = new AbortController();
    const timer = setTimeout(() => stuck.abort(), (round.limitMs ?? 0) + STUCK_MS);
    const answer: Promise<Outcome[]> = once(this.#thread, "message", { signal: stuck.signal });
    this.#thread.postMessage(round);
    try {
      const [outcome] = await Promise.race([answer, this.#ended]);
      if (outcome) return outcome;
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
