import { perIsolate } from "../memory/per-isolate.ts";
import type { OriginSettings } from "./settings.ts";

/** A failed origin is asked last, and gets less time to begin its answer, for this time. */
const FAILURE_MEMORY_MS = 30_000;

/** What an isolate knows about its origins. */
export const healthOf = perIsolate<OriginSettings, OriginHealth>(() => new OriginHealth());

/** Remembers which origins failed. It learns this from ordinary calls: no call is made only to check an origin. */
export class OriginHealth {
  readonly #failedAt = new Map<string, number>();

  failed(url: string, nowMs: number): void {
    this.#failedAt.set(url, nowMs);
  }

  worked(url: string): void {
    this.#failedAt.delete(url);
  }

  hasFailed(url: string, nowMs: number): boolean {
    return nowMs - (this.#failedAt.get(url) ?? -Infinity) < FAILURE_MEMORY_MS;
  }

  /** Moves the origins that failed recently to the end. Each group keeps its order. */
  order(urls: readonly string[], nowMs: number): string[] {
    const hasFailed = (url: string) => this.hasFailed(url, nowMs);
    return [...urls.filter((url) => !hasFailed(url)), ...urls.filter(hasFailed)];
  }
}
