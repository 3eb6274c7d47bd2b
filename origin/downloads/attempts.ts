import { setTimeout as pause } from "node:timers/promises";
import { DownloadError } from "./download-error.ts";

/** Runs `attempt` again, after each pause, while it fails with a transient `DownloadError`. Pauses in milliseconds. */
export async function withAttempts<T>(
  attempt: () => Promise<T>,
  {
    pausesMs,
    signal,
    onFailure,
  }: {
    readonly pausesMs: readonly number[];
    readonly signal: AbortSignal;
    readonly onFailure?: (error: DownloadError) => void;
  },
): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DownloadError) || !error.isTransient) throw error;
      onFailure?.(error);
      await pause(pauseMs, undefined, { signal });
    }
  }
  return attempt();
}
