import type { BuildOutcome, ErrorEvent } from "../../protocol/build-events.ts";

/** KV may go on missing for a minute, and at other places for longer, what it missed a moment ago. */
const IMAGE_MEMORY_MS = 90_000;
/** A build that failed is not repeated for each of a thousand clients, and soon enough for whoever mended it. */
const FAILURE_MEMORY_MS = 30_000;
/** An outage is not the image's failure: only those who ask at the same moment share it. */
const OUTAGE_MEMORY_MS = 5000;
/** A revision does not gain packages. */
const REVISION_MEMORY_MS = 600_000;

/** What was asked for, and after how long the tag may stand for another revision. */
export interface AskedTag {
  readonly tag: string;
  readonly freshnessMs: number;
}

/** So long an outcome answers those who ask for the same tag; in milliseconds. */
export function outcomeMemoryMs(outcome: BuildOutcome, asked: AskedTag): number {
  return outcome.event === "image" ? Math.min(IMAGE_MEMORY_MS, asked.freshnessMs) : errorMemoryMs(outcome, asked);
}

function errorMemoryMs({ code, revision }: ErrorEvent, { tag, freshnessMs }: AskedTag): number {
  if (code === "UNAVAILABLE" || code === "UNKNOWN") return OUTAGE_MEMORY_MS;
  if (revision === undefined) return FAILURE_MEMORY_MS;
  return revision === tag ? REVISION_MEMORY_MS : Math.min(REVISION_MEMORY_MS, freshnessMs);
}
