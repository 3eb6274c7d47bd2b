import type { BuildOutcome } from "../../protocol/build-events.ts";
import {
  applyEvent,
  applyEvents,
  type BuildState,
  newBuildState,
  type TimedEvent,
} from "../../protocol/build-state.ts";
import { type AskedTag, outcomeMemoryMs } from "./outcome-memory.ts";

/** As many lines as a log keeps: so long the state may be behind what was told. */
const MAX_PENDING = 500;

/** One build: what is known of it, and who waits for it. */
export class Build {
  readonly #waiters = new Set<() => void>();
  #state: BuildState;
  /** Not in the state yet: a log comes line by line, and is cheaper to take in by the hundreds. */
  #pending: TimedEvent[] = [];

  /** Of an image by its name and tag. */
  constructor(image: string) {
    this.#state = newBuildState(image, Date.now());
  }

  /** Takes in an event that is no outcome, clipped. */
  tell(event: TimedEvent): void {
    this.#pending.push(event);
    if (this.#pending.length >= MAX_PENDING) this.#takeIn();
  }

  end(outcome: BuildOutcome): void {
    this.#takeIn();
    this.#state = applyEvent(this.#state, { at: Date.now(), event: outcome });
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** Undefined when the build is still going on after `waitMs`. */
  async wait(waitMs: number): Promise<BuildOutcome | undefined> {
    if (this.isRunning) await this.#ended(waitMs);
    return this.#state.end?.outcome;
  }

  get isRunning(): boolean {
    return this.#state.end === undefined;
  }

  /** Whether whoever asks now starts the build anew. */
  isForgotten(nowMs: number, asked: AskedTag): boolean {
    const { end } = this.#state;
    return end !== undefined && nowMs - end.at >= outcomeMemoryMs(end.outcome, asked);
  }

  get state(): BuildState {
    this.#takeIn();
    return this.#state;
  }

  #takeIn(): void {
    this.#state = applyEvents(this.#state, this.#pending);
    this.#pending = [];
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
