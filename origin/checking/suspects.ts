import type { Finding } from "./finding.ts";

/** About 10 MB of memory. */
const MAX_SUSPECTS = 10_000;

/** What looks wrong at first sight, in bounded memory. */
export class Suspects {
  readonly #findings: Finding[] = [];
  #hasMore = false;

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  get hasMore(): boolean {
    return this.#hasMore;
  }

  add(found: readonly Finding[]): void {
    const room = MAX_SUSPECTS - this.#findings.length;
    this.#findings.push(...found.slice(0, room));
    this.#hasMore ||= found.length > room;
  }
}
