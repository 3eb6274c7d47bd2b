/** How long things are kept. All ages are by the clock of the store. Milliseconds. */
export interface CollectionTimes {
  /** What nobody has pulled or looked up for so long is garbage. */
  readonly keepMs: number;
  /** The same for tags whose images nobody has pulled at all. It may be longer: for images that were built ahead. */
  readonly keepBuiltMs: number;
  /** Writers have so long between reading that something exists, and naming it. */
  readonly graceMs: number;
}

/** The edge notes a pull of a manifest once a week. So the last pull may be a week later than its note. */
const PULL_NOTE_MS = 604_800_000;

export interface TagAge {
  /** When the tag was last written. Each look-up of the tag writes it. */
  readonly modifiedAt: number;
  /** Whether one of its manifests was pulled in the last `pulledMs`. */
  readonly isPulled: boolean;
  /** Whether there is any note of a pull. */
  readonly wasEverPulled: boolean;
}

export function isTagKept(
  { modifiedAt, isPulled, wasEverPulled }: TagAge,
  now: number,
  times: CollectionTimes,
): boolean {
  const keepMs = wasEverPulled ? times.keepMs : times.keepBuiltMs;
  return isPulled || isYoung(modifiedAt, now, keepMs);
}

/** How old the note of a pull may be. */
export function pulledMs({ keepMs }: CollectionTimes): number {
  return keepMs + PULL_NOTE_MS;
}

/** Whether an object was put in the last `keepMs`. With 0, no object is young. */
export function isYoung(modifiedAt: number, now: number, keepMs: number): boolean {
  return now - modifiedAt < keepMs;
}
