import { DurableObject } from "cloudflare:workers";
import type { Digest } from "../../protocol/digest.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { type Bindings, parseConfig } from "../environment.ts";
import { within } from "../time-limit.ts";
import { fetchBlob, type Found } from "./fetch-blob.ts";

/** That no origin has a blob is asked again after so long: it may have been built since. */
const UNKNOWN_MS = 60_000;
/** Only those who ask at the same moment share what does not last. */
const REST_MS = 5000;

/**
 * A blob that R2 does not have, although a manifest may name it: there is one object for each, so that the origins are
 * asked once, whoever waits. All that it knows is in memory; if it is lost, whoever asks next has them asked again.
 */
export class LostBlob extends DurableObject<Bindings> {
  #search: Promise<Found> | undefined;
  #askAgainAt = 0;

  /** Has the blob copied into R2 from an origin that has kept it. Null when that goes on after `waitMs`. */
  async restore(digest: Digest, waitMs: number, trace: TraceContext): Promise<Found | null> {
    if (!this.#search || Date.now() >= this.#askAgainAt) {
      this.#search = this.#find(digest, trace);
      this.ctx.waitUntil(this.#search);
    }
    return (await within(waitMs, this.#search)) ?? null;
  }

  async #find(digest: Digest, trace: TraceContext): Promise<Found> {
    this.#askAgainAt = Infinity;
    let found: Found = "unavailable";
    try {
      found = await fetchBlob(parseConfig(this.env), digest, trace);
      return found;
    } finally {
      this.#askAgainAt = Date.now() + (found === "unknown" ? UNKNOWN_MS : REST_MS);
    }
  }
}
