import type { ImageRequest } from "../../protocol/image-request.ts";
import type { OciError } from "../../protocol/oci-error.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { isCommit } from "../../protocol/tag.ts";
import { newTrace } from "../../protocol/trace-context.ts";
import type { WithHosts } from "../access/known-hosts.ts";
import { otherSiteRefusal } from "../access/other-sites.ts";
import { buildRefusal } from "../builds/build-admission.ts";
import type { BuildTimes } from "../builds/build-times.ts";
import { type BuildSettings, type BuildWait, waitForBuild } from "../builds/wait-for-build.ts";
import { callerOf } from "../requests/caller.ts";
import { logFailure } from "../answers/errors.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { popularImages } from "../pulls/popular-images.ts";
import type { PullSettings } from "../pulls/pull-settings.ts";
import type { Keeper } from "../requests/build-key.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import type { WithLimits } from "../requests/limits.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import { type RequestedImage, withKeys } from "../requests/requested-image.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { rememberTag } from "../stores/tag-records.ts";
import { warningHeader } from "../answers/warning.ts";

/**
 * An isolate revalidates a tag no more often than this, however it goes: until KV shows the new record everywhere,
 * and while the origin is down. Longer than a call can last after its request was answered (30 s).
 */
const PAUSE_MS = 60_000;
/** So long a tag's look-up is waited for; a build that takes longer goes on by itself. */
const LOOK_UP_MS = 25_000;
/** From here on a tag that nobody could look up again is worth a word. */
const WARNING_AGE_MS = 3_600_000;
/** Of all entries. Bytes. */
const MAX_REVALIDATION_BYTES = 1 << 20;
/** A time and little else. Bytes. */
const REVALIDATION_BYTES = 16;

/** When each tag was last revalidated from this isolate, by tag key; milliseconds since the epoch. */
export const revalidationsOf = perIsolate<LookUpSettings, LruMap<number>>(
  () => new LruMap(MAX_REVALIDATION_BYTES, () => REVALIDATION_BYTES),
);

/** The settings that a tag is looked up again with. */
type LookUpSettings = BuildSettings & StoreSettings;

/** The settings that a pull looks a tag up again with. */
export type RevalidationSettings = LookUpSettings & BuildTimes & WithHosts & WithLimits & Keeper;

/** Looks a tag up again, in the background, that was looked up too long ago. A commit never moves. */
export async function revalidateIfStale(
  context: RequestContext<RevalidationSettings>,
  image: RequestedImage,
  record: TagRecord,
): Promise<void> {
  const { config, request } = context;
  if (isCommit(image.request.tag) || ageMs(record) <= config.tagFreshnessMs || otherSiteRefusal(config, request))
    return;
  const key = image.tagKey;
  const revalidations = revalidationsOf(config);
  if (Date.now() - (revalidations.get(key) ?? -Infinity) < PAUSE_MS) return;
  revalidations.set(key, Date.now());
  inBackground(context, `revalidating ${key}`, revalidateForPull(context, image));
}

/** Counts as a build for the client. Where it may have no more of them, the tag is left for others to look up. */
async function revalidateForPull(
  { config, request }: RequestContext<RevalidationSettings>,
  image: RequestedImage,
): Promise<void> {
  let refusal: OciError | undefined;
  const admit = async () => {
    refusal = await buildRefusal(config, request);
    if (refusal) throw refusal;
  };
  try {
    await revalidate(config, image, { ...(await callerOf(config, request)), admit });
  } catch (error) {
    if (error !== refusal) throw error;
    revalidationsOf(config).delete(image.tagKey);
  }
}

/** Whether a tag is served without a look-up and without a word. */
export function isSettled(
  { tagFreshnessMs }: Pick<BuildTimes, "tagFreshnessMs">,
  { tag }: ImageRequest,
  record: TagRecord,
): boolean {
  return isCommit(tag) || ageMs(record) <= Math.min(tagFreshnessMs, WARNING_AGE_MS);
}

/** `Warning` for a tag that is served although it may have moved long ago. */
export function staleHeaders({ tag }: ImageRequest, record: TagRecord): Record<string, string> {
  if (isCommit(tag) || ageMs(record) <= WARNING_AGE_MS) return {};
  return { Warning: warningHeader(`${tag} is served as of ${record.resolvedAt}; it may have moved since`) };
}

/** What the cron trigger does: popular tags are warm when a channel has moved, before anybody asks. */
export async function revalidatePopular(config: LookUpSettings & PullSettings & ImageSettings & Keeper): Promise<void> {
  const images = (await popularImages(config)).filter(({ tag }) => !isCommit(tag));
  const results = await Promise.allSettled(
    images.map(async (image) => revalidate(config, await withKeys(config, image), { trace: newTrace() })),
  );
  const failures = results.filter((result) => result.status === "rejected").map(({ reason }) => String(reason));
  if (failures.length > 0)
    logFailure(`${failures.length} of ${images.length} popular tags were not revalidated`, failures);
}

/** The origin answers at once where the tag has not moved; else it builds, and writes the record when all is there. */
async function revalidate(
  config: LookUpSettings,
  image: RequestedImage,
  wait: Pick<BuildWait, "trace" | "client" | "admit">,
): Promise<void> {
  const record = await waitForBuild(config, image, { waitMs: LOOK_UP_MS, ...wait });
  if (record) rememberTag(config, image.tagKey, record);
}

/** A record without a readable time counts as old. */
function ageMs({ resolvedAt }: TagRecord): number {
  const time = Date.parse(resolvedAt);
  return Number.isNaN(time) ? Infinity : Date.now() - time;
}
