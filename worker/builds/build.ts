import type { BuildOutcome, EdgeStep } from "../../protocol/build-events.ts";
import {
  applyEvent,
  applyEvents,
  type BuildState,
  newBuildState,
  type TimedEvent,
} from "../../protocol/build-state.ts";
import type { EdgeUse } from "../assembly/edge-use.ts";
import type { BuiltManifests } from "../stores/manifests.ts";
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

  /** Whether the outcome is too old, or does not answer the question. Then the next request starts a new build. */
  isForgotten(nowMs: number, asked: AskedTag, edge: EdgeUse = "always"): boolean {
    const { state } = this;
    if (!state.end) return false;
    const { at, outcome } = state.end;
    if (nowMs - at >= outcomeMemoryMs(outcome, asked)) return true;
    return state.edge !== undefined && edge !== "always" && !(edge === "fresh" && isFresh(outcome, nowMs, asked));
  }

  get state(): BuildState {
    this.#applyPending();
    return this.#state;
  }

  /** The steps of an image that was put together at the edge. */
  get edgeSteps(): readonly EdgeStep[] | undefined {
    return this.state.edge;
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

/** The edge may know an old look-up of the tag alone. */
function isFresh(outcome: BuildOutcome, nowMs: number, { freshnessMs }: AskedTag): boolean {
  return outcome.event === "image" && nowMs - Date.parse(outcome.resolvedAt) <= freshnessMs;
}
