import type { PullRequest } from "../../protocol/image-request.ts";
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
import type { KeySettings } from "../requests/build-key.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import type { WithLimits } from "../requests/limits.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import { type RequestedImage, withKeys } from "../requests/requested-image.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { rememberTag } from "../stores/tag-records.ts";

/**
 * An isolate revalidates a tag at most once in this time, even if that fails. KV may take a minute to show the new
 * record, and the origin may be down. The time is longer than work can go on after an answer (30 s).
 */
const PAUSE_MS = 60_000;
/** The Worker waits for a look-up for this time. A longer build goes on without it. */
const LOOK_UP_MS = 25_000;
/** If the last look-up of a tag is older than this, its answer has a `Warning`. */
const WARNING_AGE_MS = 3_600_000;
/** The limit of all entries together. Bytes. */
const MAX_REVALIDATION_BYTES = 1 << 20;
/** An entry is a time. Bytes. */
const REVALIDATION_BYTES = 16;

/** When this isolate last revalidated each tag, by tag key. Milliseconds since the epoch. */
export const revalidationsOf = perIsolate<LookUpSettings, LruMap<number>>(
  () => new LruMap(MAX_REVALIDATION_BYTES, () => REVALIDATION_BYTES),
);

/** The settings with which a tag is looked up again. */
type LookUpSettings = BuildSettings & StoreSettings;

/** The settings with which a pull has a tag looked up again. */
export type RevalidationSettings = LookUpSettings & BuildTimes & WithHosts & WithLimits & KeySettings;

/** Looks an old tag up again, in the background. A commit never moves, so it is not looked up. */
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

/** Counts as a build for the client. If the client is over its limit, the next client's pull has the tag looked up. */
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

/** Whether a tag is served without a look-up and without a `Warning`. */
export function isSettled(
  { tagFreshnessMs }: Pick<BuildTimes, "tagFreshnessMs">,
  { tag }: PullRequest,
  record: TagRecord,
): boolean {
  return isCommit(tag) || ageMs(record) <= Math.min(tagFreshnessMs, WARNING_AGE_MS);
}

/** A note for a tag that was last looked up long ago. */
export function staleNote({ tag }: PullRequest, record: TagRecord): string | undefined {
  if (isCommit(tag) || ageMs(record) <= WARNING_AGE_MS) return undefined;
  return `${tag} was last looked up at ${record.resolvedAt}; it may have moved since`;
}

/** The work of the cron trigger: looks popular tags up again. After a channel moves, they are warm before a pull. */
export async function revalidatePopular(
  config: LookUpSettings & PullSettings & ImageSettings & KeySettings,
): Promise<void> {
  const images = (await popularImages(config)).filter(({ tag }) => !isCommit(tag));
  const results = await Promise.allSettled(
    images.map(async (image) => revalidate(config, await withKeys(config, image), { trace: newTrace() })),
  );
  const failures = results.filter((result) => result.status === "rejected").map(({ reason }) => String(reason));
  if (failures.length > 0)
    logFailure(`${failures.length} of ${images.length} popular tags were not revalidated`, failures);
}

/**
 * If the tag has not moved, the origin answers at once. If it has, the origin builds, and then writes the record. The edge
 * answers if it knows of a fresh look-up, such as that of another image.
 */
async function revalidate(
  config: LookUpSettings,
  image: RequestedImage,
  wait: Pick<BuildWait, "trace" | "client" | "admit">,
): Promise<void> {
  const built = await waitForBuild(config, image, { waitMs: LOOK_UP_MS, edge: "fresh", ...wait });
  if (built) rememberTag(config, image.tagKey, built.record);
}

/** A record without a readable time counts as old. */
function ageMs({ resolvedAt }: TagRecord): number {
  const time = Date.parse(resolvedAt);
  return Number.isNaN(time) ? Infinity : Date.now() - time;
}
