import { setTimeout as pause } from "node:timers/promises";
import { parseIndexLimits } from "../origin/package-index/index-limits.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";
import { failureOf } from "./failure.ts";
import type { IndexResult } from "./index-command.ts";

interface RepeatOptions {
  readonly run: () => Promise<IndexResult>;
  /** Seconds between the end of a run and the next one. */
  readonly intervalS: number;
  /** Gets the first result, and then each one with something new. */
  readonly onResult: (result: IndexResult) => void;
  /** Gets each expected failure, but once if it comes again. */
  readonly onFailure: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** `cornice index --watch`: indexes again and again. Ends with the signal's reason, or with an unexpected error. */
export async function repeatIndex(options: RepeatOptions): Promise<never> {
  const { run, intervalS, onResult, onFailure, signal } = options;
  let lastFailure: string | undefined;
  for (let isFirst = true; ; isFirst = false) {
    try {
      const result = await run();
      lastFailure = undefined;
      if (isFirst || result.packages !== undefined || result.names.length > 0) onResult(result);
    } catch (error) {
      signal.throwIfAborted();
      const message = failureOf(error)?.message;
      if (message === undefined || isFirst) throw error;
      // A source that is down for a day says so once.
      if (message !== lastFailure) onFailure(error);
      lastFailure = message;
    }
    await pause(intervalS * 1000, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  }
}

/** Throws `ConfigError`. */
export function parseIndexInterval(env: Environment): number {
  const settings = new Settings(env);
  const { intervalS } = parseIndexLimits(settings, 1);
  settings.throwIfAny();
  return intervalS;
}
