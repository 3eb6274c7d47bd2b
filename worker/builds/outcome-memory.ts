import type { BuildOutcome, ErrorEvent } from "../../protocol/build-events.ts";

/** After a failed look-up, KV may not show a new record for a minute, and elsewhere for longer. */
const IMAGE_MEMORY_MS = 90_000;
/** A thousand clients must not repeat a failed build. But an operator who repaired the cause must not wait long. */
const FAILURE_MEMORY_MS = 30_000;
/** An outage says nothing about the image. So only clients that ask at about the same time share the error. */
const OUTAGE_MEMORY_MS = 5000;
/** A revision never gets new packages. */
const REVISION_MEMORY_MS = 600_000;

/** The requested tag, and the time after which it may name another revision. */
export interface AskedTag {
  readonly tag: string;
  readonly freshnessMs: number;
}

/** How long an outcome answers further requests for the same tag; milliseconds. */
export function outcomeMemoryMs(outcome: BuildOutcome, asked: AskedTag): number {
  return outcome.event === "image" ? Math.min(IMAGE_MEMORY_MS, asked.freshnessMs) : errorMemoryMs(outcome, asked);
}

function errorMemoryMs({ code, revision }: ErrorEvent, { tag, freshnessMs }: AskedTag): number {
  if (code === "UNAVAILABLE" || code === "UNKNOWN") return OUTAGE_MEMORY_MS;
  if (revision === undefined) return FAILURE_MEMORY_MS;
  return revision === tag ? REVISION_MEMORY_MS : Math.min(REVISION_MEMORY_MS, freshnessMs);
}
