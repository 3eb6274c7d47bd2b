import { DurableObject } from "cloudflare:workers";
import type { Digest } from "../../protocol/digest.ts";
import { Recent } from "../../protocol/recent.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { checkSettings } from "../answers/misconfigured.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { type OriginBindings, parseOriginSettings } from "../origins/settings.ts";
import { parseStoreSettings, type StoreBindings } from "../stores/store-settings.ts";
import { within } from "../requests/time-limit.ts";
import { fetchBlob, type FetchSettings, type SearchOutcome } from "./fetch-blob.ts";

/** If no origin has a blob, the origins are asked again after this time: the blob may have been built since. */
const UNKNOWN_MS = 60_000;
/** Other outcomes change soon, so only requests at about the same time share them. */
const REST_MS = 5000;
/** The most outcomes of each kind, of about 200 bytes. For a forgotten one, the origins are asked again. */
const MAX_REMEMBERED = 1000;
/** The hundred layers of an image spread over all objects. So only made-up digests reach this limit. */
const MAX_SEARCHES = 32;

interface LostBlobEnvironment extends OriginBindings, StoreBindings {}

const settingsOf = perIsolate((env: LostBlobEnvironment): FetchSettings =>
  checkSettings((problems) => ({
    origin: parseOriginSettings(env, problems),
    ...parseStoreSettings(env, problems),
  })),
);

/**
 * Searches for blobs that R2 does not have. One object searches for all blobs whose digests begin alike. It asks the
 * origins once for each blob, for all requests that wait. All its state is in memory. If that is lost, the next request
 * makes it ask the origins again.
 */
export class LostBlob extends DurableObject<LostBlobEnvironment> {
  readonly #searches = new Map<Digest, Promise<SearchOutcome>>();
  readonly #unknown = new Recent<SearchOutcome>(MAX_REMEMBERED, UNKNOWN_MS);
  readonly #passing = new Recent<SearchOutcome>(MAX_REMEMBERED, REST_MS);

  /** Has the blob copied into R2 from an origin that has it. Null if the search is still running after `waitMs`. */
  async restore(digest: Digest, waitMs: number, trace: TraceContext): Promise<SearchOutcome | null> {
    const known = this.#unknown.get(digest) ?? this.#passing.get(digest);
    if (known) return known;
    const search = this.#searches.get(digest) ?? this.#begin(digest, trace);
    return search ? ((await within(waitMs, search)) ?? null) : "unavailable";
  }

  /** Undefined if too many searches are running. */
  #begin(digest: Digest, trace: TraceContext): Promise<SearchOutcome> | undefined {
    if (this.#searches.size >= MAX_SEARCHES) return undefined;
    const search = this.#find(digest, trace);
    this.#searches.set(digest, search);
    this.ctx.waitUntil(search);
    return search;
  }

  async #find(digest: Digest, trace: TraceContext): Promise<SearchOutcome> {
    let found: SearchOutcome = "unavailable";
    try {
      found = await fetchBlob(settingsOf(this.env), digest, trace);
      return found;
    } finally {
      this.#searches.delete(digest);
      (found === "unknown" ? this.#unknown : this.#passing).set(digest, found);
    }
  }
}
