import type { EdgeStep } from "../../protocol/build-events.ts";

/** Measures the steps of an image that is put together. */
export class Steps {
  readonly #steps: EdgeStep[] = [];
  #began = Date.now();

  get all(): readonly EdgeStep[] {
    return this.#steps;
  }

  /** Ends a step. workerd's clock stands still while code runs, and goes on after a timer. */
  async end(step: EdgeStep["step"]): Promise<void> {
    await scheduler.wait(0);
    const now = Date.now();
    this.#steps.push({ step, ms: now - this.#began });
    this.#began = now;
  }
}
