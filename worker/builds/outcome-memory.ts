import type { BuildOutcome, ErrorEvent } from "../../protocol/build-events.ts";

/** KV may go on missing for a minute, and at other places for longer, what it missed a moment ago. */
const IMAGE_MEMORY_MS = 90_000;
/** A build that failed is not repeated for each of a thousand clients, and soon enough for whoever mended it. */
const FAILURE_MEMORY_MS = 30_000;
/** An outage is not the image's failure: only those who ask at the same moment share it. */
const OUTAGE_MEMORY_MS = 5000;
/** A revision does not gain packages. */
const REVISION_MEMORY_MS = 600_000;
/** A tag may stand for another revision after so long. */
const TAG_FRESHNESS_MS = 300_000;

/** So long an outcome answers those who ask for the same tag; in milliseconds. */
export function outcomeMemoryMs(outcome: BuildOutcome, tag: string): number {
  return outcome.event === "image" ? IMAGE_MEMORY_MS : errorMemoryMs(outcome, tag);
}

function errorMemoryMs({ code, revision }: ErrorEvent, tag: string): number {
  if (code === "UNAVAILABLE" || code === "UNKNOWN") return OUTAGE_MEMORY_MS;
  if (revision === undefined) return FAILURE_MEMORY_MS;
  return revision === tag ? REVISION_MEMORY_MS : TAG_FRESHNESS_MS;
}
