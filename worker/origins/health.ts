/** An origin that failed is tried after the others for so long. */
const FAILURE_MEMORY_MS = 30_000;

/** What the calls of this isolate have taught about the origins: nothing is asked just to find out. */
export class OriginHealth {
  readonly #failedAt = new Map<string, number>();

  failed(url: string, nowMs: number): void {
    this.#failedAt.set(url, nowMs);
  }

  worked(url: string): void {
    this.#failedAt.delete(url);
  }

  /** Puts those that failed a moment ago last; each group keeps its order. */
  order(urls: readonly string[], nowMs: number): string[] {
    const hasFailed = (url: string) => nowMs - (this.#failedAt.get(url) ?? -Infinity) < FAILURE_MEMORY_MS;
    return [...urls.filter((url) => !hasFailed(url)), ...urls.filter(hasFailed)];
  }
}
