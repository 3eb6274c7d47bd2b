import { DurableObject } from "cloudflare:workers";
import type { Digest } from "../../protocol/digest.ts";
import { Recent } from "../../protocol/recent.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { checkSettings } from "../answers/misconfigured.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { type OriginBindings, parseOriginSettings } from "../origins/settings.ts";
import { parseStoreSettings, type StoreBindings } from "../stores/store-settings.ts";
import { within } from "../requests/time-limit.ts";
import { fetchBlob, type FetchSettings, type Found } from "./fetch-blob.ts";

/** That no origin has a blob is asked again after so long: it may have been built since. */
const UNKNOWN_MS = 60_000;
/** Only those who ask at the same moment share what does not last. */
const REST_MS = 5000;
/** Outcomes of each kind, some 200 bytes each; where there are more, an origin is asked once more. */
const MAX_REMEMBERED = 1000;
/** An image has a hundred layers, which are spread over all objects: whoever looks for more makes digests up. */
const MAX_SEARCHES = 32;

interface LostBlobEnvironment extends OriginBindings, StoreBindings {}

const settingsOf = perIsolate((env: LostBlobEnvironment): FetchSettings =>
  checkSettings((problems) => ({
    origin: parseOriginSettings(env, problems),
    ...parseStoreSettings(env, problems),
  })),
);

/**
 * Looks for blobs that R2 does not have, although a manifest may name them: for all whose digests begin alike, so that
 * the origins are asked once for each, whoever waits. All that it knows is in memory; if it is lost, whoever asks next
 * has them asked again.
 */
export class LostBlob extends DurableObject<LostBlobEnvironment> {
  readonly #searches = new Map<Digest, Promise<Found>>();
  readonly #unknown = new Recent<Found>(MAX_REMEMBERED, UNKNOWN_MS);
  readonly #passing = new Recent<Found>(MAX_REMEMBERED, REST_MS);

  /** Has the blob copied into R2 from an origin that has kept it. Null when that goes on after `waitMs`. */
  async restore(digest: Digest, waitMs: number, trace: TraceContext): Promise<Found | null> {
    const known = this.#unknown.get(digest) ?? this.#passing.get(digest);
    if (known) return known;
    const search = this.#searches.get(digest) ?? this.#begin(digest, trace);
    return search ? ((await within(waitMs, search)) ?? null) : "unavailable";
  }

  /** Undefined where too many are looked for. */
  #begin(digest: Digest, trace: TraceContext): Promise<Found> | undefined {
    if (this.#searches.size >= MAX_SEARCHES) return undefined;
    const search = this.#find(digest, trace);
    this.#searches.set(digest, search);
    this.ctx.waitUntil(search);
    return search;
  }

  async #find(digest: Digest, trace: TraceContext): Promise<Found> {
    let found: Found = "unavailable";
    try {
      found = await fetchBlob(settingsOf(this.env), digest, trace);
      return found;
    } finally {
      this.#searches.delete(digest);
      (found === "unknown" ? this.#unknown : this.#passing).set(digest, found);
    }
  }
}
