import { untilAborted } from "../system/until-aborted.ts";

/** A busy origin has always a build under way. Without work on bundles, it would stay busy. Milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Counts builds, so that other work lets them go first. */
export class BuildsUnderWay {
  readonly #builds = new Set<Promise<unknown>>();
  readonly #maxWaitMs: number;

  constructor(maxWaitMs = MAX_WAIT_MS) {
    this.#maxWaitMs = maxWaitMs;
  }

  async run<T>(build: () => Promise<T>): Promise<T> {
    const running = build();
    this.#builds.add(running);
    try {
      return await running;
    } finally {
      this.#builds.delete(running);
    }
  }

  /** Resolves when no build is under way, or when it has waited for long. Throws the signal's reason. */
  async giveWay(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#builds.size === 0) return;
    const limit = AbortSignal.timeout(this.#maxWaitMs);
    const either = AbortSignal.any([signal, limit]);
    while (this.#builds.size > 0 && !limit.aborted) {
      await untilAborted(Promise.allSettled(this.#builds), either).catch(() => signal.throwIfAborted());
    }
  }
}
