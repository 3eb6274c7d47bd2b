import type { EdgeStep } from "../../protocol/build-events.ts";

/** Measures the steps of an image that is put together. */
export class Steps {
  readonly #steps: EdgeStep[] = [];
  #began = Date.now();

  get all(): readonly EdgeStep[] {
    return this.#steps;
  }

  /** Ends a step, and begins the next one. */
  end(step: EdgeStep["step"]): void {
    const now = Date.now();
    this.#steps.push({ step, ms: now - this.#began });
    this.#began = now;
  }
}
