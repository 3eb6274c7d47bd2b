/** A failed origin is asked last for this time. */
const FAILURE_MEMORY_MS = 30_000;

/** Remembers which origins failed. It learns this from ordinary calls: no call is made only to check an origin. */
export class OriginHealth {
  readonly #failedAt = new Map<string, number>();

  failed(url: string, nowMs: number): void {
    this.#failedAt.set(url, nowMs);
  }

  worked(url: string): void {
    this.#failedAt.delete(url);
  }

  /** Moves the origins that failed recently to the end. Each group keeps its order. */
  order(urls: readonly string[], nowMs: number): string[] {
    const hasFailed = (url: string) => nowMs - (this.#failedAt.get(url) ?? -Infinity) < FAILURE_MEMORY_MS;
    return [...urls.filter((url) => !hasFailed(url)), ...urls.filter(hasFailed)];
  }
}
