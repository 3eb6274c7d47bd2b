import type { BuildOutcome } from "../../protocol/build-events.ts";
import {
  applyEvent,
  applyEvents,
  type BuildState,
  newBuildState,
  type TimedEvent,
} from "../../protocol/build-state.ts";
import type { BuiltManifests } from "./check-stored.ts";
import { type AskedTag, outcomeMemoryMs } from "./outcome-memory.ts";

/** The state may lack this many events at most. A log keeps as many lines. */
const MAX_PENDING = 500;

/** The state of one build, and the clients that wait for it. */
export class Build {
  readonly #waiters = new Set<() => void>();
  #state: BuildState;
  /** Events that are not in the state yet. To apply hundreds of log lines at once is cheaper than one by one. */
  #pending: TimedEvent[] = [];
  #manifests: BuiltManifests | undefined;

  /** `image` is the image's name and tag. */
  constructor(image: string) {
    this.#state = newBuildState(image, Date.now());
  }

  /** Adds a clipped event that is no outcome. */
  tell(event: TimedEvent): void {
    this.#pending.push(event);
    if (this.#pending.length >= MAX_PENDING) this.#applyPending();
  }

  /** An image comes with its manifests. */
  end(outcome: BuildOutcome, manifests?: BuiltManifests): void {
    this.#manifests = manifests;
    this.#applyPending();
    this.#state = applyEvent(this.#state, { at: Date.now(), event: outcome });
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** Undefined if the build is still running after `waitMs`. */
  async wait(waitMs: number): Promise<BuildOutcome | undefined> {
    if (this.isRunning) await this.#ended(waitMs);
    return this.#state.end?.outcome;
  }

  /** The manifests of the image. Undefined while the build is running, and after an error. */
  get manifests(): BuiltManifests | undefined {
    return this.#manifests;
  }

  get isRunning(): boolean {
    return this.#state.end === undefined;
  }

  /** Whether the outcome is too old, so that the next request starts a new build. */
  isForgotten(nowMs: number, asked: AskedTag): boolean {
    const { end } = this.#state;
    return end !== undefined && nowMs - end.at >= outcomeMemoryMs(end.outcome, asked);
  }

  get state(): BuildState {
    this.#applyPending();
    return this.#state;
  }

  #applyPending(): void {
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
