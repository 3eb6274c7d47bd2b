import type { Digest } from "../../protocol/digest.ts";
import { pulledKey } from "../../protocol/storage-keys.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import { fillColo, readColo } from "../stores/colo-cache.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import type { PullSettings } from "./pull-settings.ts";

/** The settings with which pulls are marked. */
export type MarkSettings = StoreSettings & Pick<PullSettings, "marksPulls">;

/** A manifest is marked at most once in this time: a week. `origin/garbage` counts on it. Milliseconds. */
const MARK_MS = 604_800_000;
/** After a failure, the pulls of this time are not marked. Milliseconds. */
const RETRY_MS = 60_000;
/** Some four thousand manifests. Bytes. */
const MAX_REMEMBERED_BYTES = 1 << 20;
/** An entry is a time. Bytes. */
const TIME_BYTES = 16;
const MARK_TYPE = "application/octet-stream";

/** Until when this isolate does not mark a manifest again, by digest. Milliseconds since the epoch. */
const marksOf = perIsolate<MarkSettings, LruMap<number>>(() => new LruMap(MAX_REMEMBERED_BYTES, () => TIME_BYTES));

/** Notes in R2 that a manifest is in use, so that no garbage collection removes it. Works behind the answer. */
export function markPull(context: Pick<RequestContext<MarkSettings>, "config" | "waitUntil">, digest: Digest): void {
  const { config } = context;
  const marks = marksOf(config);
  if (!config.marksPulls || Date.now() < (marks.get(digest) ?? 0)) return;
  marks.set(digest, Date.now() + MARK_MS);
  const work = putMark(config, pulledKey(digest)).catch((error: unknown) => {
    marks.set(digest, Date.now() + RETRY_MS);
    throw error;
  });
  inBackground(context, `marking the pull of ${digest}`, work);
}

/**
 * Whether a request for a manifest is a pull. A client that only asks for the headers of a tag may be a monitor. With a digest,
 * it has the image, and makes sure that it can go on.
 */
export function isPull({ method }: Request, by: "tag" | "digest"): boolean {
  return method === "GET" || by === "digest";
}

/** Other isolates of the data centre find the mark in the colo cache, and others in R2. */
async function putMark(config: MarkSettings, key: string): Promise<void> {
  if (await readColo(config, key)) return;
  const mark = await config.r2.head(key);
  const leftMs = mark ? mark.uploaded.getTime() + MARK_MS - Date.now() : 0;
  if (leftMs <= 0) await config.r2.put(key, "", { httpMetadata: { contentType: MARK_TYPE } });
  const seconds = Math.ceil((leftMs > 0 ? leftMs : MARK_MS) / 1000);
  await fillColo(config, key, { body: "", mediaType: MARK_TYPE, headers: { "Cache-Control": `max-age=${seconds}` } });
}
