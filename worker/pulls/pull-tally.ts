/** The shortest time between two reports. Milliseconds. */
const REPORT_INTERVAL_MS = 10_000;
/** Beyond this number, other images are not counted until the next report. */
const MAX_IMAGES = 200;

/** Counts the pulls that one isolate has served since its last report. */
export class PullTally {
  #counts = new Map<string, number>();
  #nextReportMs = 0;

  /** Counts a pull. Returns all counts if the last report is old enough. So a rare pull is reported at once. */
  add(image: string): ReadonlyMap<string, number> | undefined {
    const count = this.#counts.get(image) ?? 0;
    if (count > 0 || this.#counts.size < MAX_IMAGES) this.#counts.set(image, count + 1);
    const now = Date.now();
    if (now < this.#nextReportMs) return undefined;
    const report = this.#counts;
    this.#counts = new Map();
    this.#nextReportMs = now + REPORT_INTERVAL_MS;
    return report;
  }
}
