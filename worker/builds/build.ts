import type { BuildEvent, BuildOutcome, BuildPhase } from "../../protocol/build-events.ts";
import { LogTail } from "./log-tail.ts";
import { type AskedTag, outcomeMemoryMs } from "./outcome-memory.ts";

/** Where a build is, as data. Times are in milliseconds since the epoch. */
export interface BuildSnapshot {
  readonly startedAt: number;
  readonly phases: readonly { readonly phase: BuildPhase; readonly at: number }[];
  /** The last lines. */
  readonly log: readonly string[];
  readonly endedAt: number | undefined;
}

/** One build: what is known of it, and who waits for it. */
export class Build {
  readonly #startedAt = Date.now();
  readonly #phases: { phase: BuildPhase; at: number }[] = [];
  readonly #log = new LogTail();
  readonly #waiters = new Set<() => void>();
  #end: { readonly outcome: BuildOutcome; readonly at: number } | undefined;

  /** Takes in an event that is no outcome. */
  tell(event: BuildEvent): void {
    if (event.event === "phase") this.#phases.push({ phase: event.phase, at: Date.now() });
    else if (event.event === "log") this.#log.add(event.line);
  }

  end(outcome: BuildOutcome): void {
    this.#end = { outcome, at: Date.now() };
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** Undefined when the build is still going on after `waitMs`. */
  async wait(waitMs: number): Promise<BuildOutcome | undefined> {
    if (!this.#end) await this.#ended(waitMs);
    return this.#end?.outcome;
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  /** Whether whoever asks now starts the build anew. */
  isForgotten(nowMs: number, asked: AskedTag): boolean {
    return this.#end !== undefined && nowMs - this.#end.at >= outcomeMemoryMs(this.#end.outcome, asked);
  }

  snapshot(): BuildSnapshot {
    return { startedAt: this.#startedAt, phases: this.#phases, log: this.#log.lines, endedAt: this.#end?.at };
  }

  #ended(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#waiters.add(wake);
    });
  }
}
