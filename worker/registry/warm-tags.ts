import type { PullRequest } from "../../protocol/image-request.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { COMMON_HEADERS, contentHeaders, TAG_HEADERS } from "../answers/content.ts";
import { type AcceptedFormats, acceptedFormats, formatOf } from "../requests/accepted-format.ts";
import type { TagEndpoint } from "../requests/endpoint.ts";
import { hasLists, type ImageSettings } from "../requests/image-settings.ts";
import { leftOutNote } from "./left-out.ts";
import { otherMachineNote } from "./other-machine.ts";
import type { WithAccess } from "../access/access-settings.ts";
import type { BuildTimes } from "../builds/build-times.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { type DebugSettings, logTier } from "../requests/debug-log.ts";
import { mayPull, type WithLimits } from "../requests/limits.ts";
import { type Manifest, manifestsOf } from "../stores/manifests.ts";
import { isPull, markPull } from "../pulls/mark-pull.ts";
import { countPull, pullText } from "../pulls/popular-images.ts";
import type { PullSettings } from "../pulls/pull-settings.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { type LogBindings, logRequest } from "../requests/request-log.ts";
import type { RequestedImage } from "../requests/requested-image.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { isSettled } from "./revalidation.ts";
import { recallTag } from "../stores/tag-records.ts";

/** Enough for about 300 tags. Bytes. */
const MAX_WARM_BYTES = 1 << 20;
/** An entry has the name in parsed form, and twice as a key, so it takes a few times the name's length. Bytes. */
const WARM_TAG_BYTES = 3072;

/** The settings with which a warm tag is answered. */
export type WarmSettings = WithAccess &
  WithLimits &
  StoreSettings &
  PullSettings &
  BuildTimes &
  DebugSettings &
  Pick<ImageSettings, "platforms">;

/** The tags that were served, by the URL of their request. */
export const warmTagsOf = perIsolate<StoreSettings, LruMap<WarmTag>>(
  () => new LruMap(MAX_WARM_BYTES, () => WARM_TAG_BYTES),
);

/** A tag that was served. The same URL always gives the same values. */
interface WarmTag {
  readonly endpoint: TagEndpoint;
  /** What clients get that take lists of images. Undefined if none has asked yet. */
  readonly forLists?: Served;
  /** What all other clients get. */
  readonly forOthers?: Served;
}

interface Served {
  readonly image: PullRequest;
  /** The key of its record. */
  readonly key: string;
  /** The text by which its pulls are counted. */
  readonly pull: string;
}

/** Lets requests for the same URL be answered from memory, while it has the tag's record and manifest. */
export function keepTagWarm(
  { config, request }: RequestContext<StoreSettings & Pick<ImageSettings, "platforms">>,
  endpoint: TagEndpoint,
  { request: image, tagKey: key }: RequestedImage,
  accepted: AcceptedFormats,
): void {
  const tags = warmTagsOf(config);
  const served = { image, key, pull: pullText(image) };
  const more = accepted.list ? { forLists: served } : { forOthers: served };
  // If no name stands for a list, all clients get the same.
  const all = hasLists(config) ? { ...tags.get(request.url), ...more } : { forLists: served, forOthers: served };
  tags.set(request.url, { ...all, endpoint });
}

/** Everything from which a request for a warm tag is answered. */
interface WarmAnswer {
  readonly config: WarmSettings;
  readonly endpoint: TagEndpoint;
  /** The text by which the pull is counted. */
  readonly pull: string;
  readonly manifest: Manifest;
  readonly started: number;
}

/**
 * The shortest way to an answer: this isolate has just served the tag, and anybody may pull. The registry would give
 * the same answer, but later. Undefined if the answer needs a look-up or a decision. Returns a promise only if a rate
 * limit must be asked, because a promise doubles the cost.
 */
export function answerWarmTag(
  config: WarmSettings,
  request: Request,
  env: LogBindings,
  context: ExecutionContext,
): Response | Promise<Response | undefined> | undefined {
  const warm = recallAnswer(config, request);
  if (!warm || !config.limits.pulls) return warm && sendWarm(warm, request, env, context);
  // If the client is over the limit, the registry says so.
  return mayPull(config, request).then((may) => (may ? sendWarm(warm, request, env, context) : undefined));
}

function recallAnswer(config: WarmSettings, request: Request): WarmAnswer | undefined {
  const started = Date.now();
  if (config.access.scheme !== "none" || !isPlain(request)) return undefined;
  const tag = warmTagsOf(config).get(request.url);
  if (!tag) return undefined;
  const accepted = acceptedFormats(request.headers.get("Accept"));
  const served = accepted.list ? tag.forLists : tag.forOthers;
  const record = served && recallSettled(config, request, tag, served);
  const manifest = record && manifestsOf(config).get(record.manifests[formatOf(served.image, accepted)]);
  return manifest && { config, endpoint: tag.endpoint, pull: served.pull, manifest, started };
}

/** Whether only the URL, `Accept` and `User-Agent` decide on the answer. */
function isPlain({ method, headers, body }: Request): boolean {
  if ((method !== "GET" && method !== "HEAD") || body !== null) return false;
  return !headers.has("If-None-Match") && !headers.has("Range");
}

function sendWarm(
  { config, endpoint, pull, manifest, started }: WarmAnswer,
  request: Request,
  env: LogBindings,
  context: ExecutionContext,
): Response {
  const behind = { config, waitUntil: (work: Promise<unknown>) => context.waitUntil(work) };
  countPull(behind, pull);
  if (isPull(request, "tag")) markPull(behind, manifest.digest);
  const [body, bytes] = request.method === "HEAD" ? [null, 0] : [manifest.bytes, manifest.size];
  if (config.logLevel === "debug") logTier(request, { name: "memory", answer: "found", ms: Date.now() - started });
  logRequest(env, request, { endpoint, status: 200, tier: "memory", ms: Date.now() - started, bytes });
  return new Response(body, { headers: headersOf(manifest) });
}

/** The record of a tag. Undefined if the tag needs a look-up or a `Warning`. */
function recallSettled(
  config: WarmSettings,
  request: Request,
  { endpoint }: WarmTag,
  { image, key }: Served,
): TagRecord | undefined {
  const record = recallTag(config, key);
  if (!record || !isSettled(config, image, record)) return undefined;
  const notes = [otherMachineNote(image, endpoint, request), leftOutNote(record)];
  return notes.every((note) => note === undefined) ? record : undefined;
}

const prepared = new WeakMap<Manifest, Headers>();

/** All answers with a manifest have the same headers, so they are made once. */
function headersOf(manifest: Manifest): Headers {
  const known = prepared.get(manifest);
  if (known) return known;
  const headers = contentHeaders(manifest);
  for (const [name, value] of Object.entries({ ...COMMON_HEADERS, ...TAG_HEADERS, ...FROM_MEMORY })) {
    headers.set(name, value);
  }
  prepared.set(manifest, headers);
  return headers;
}

/** The headers that a `TierLog` gives for an answer from memory. */
const FROM_MEMORY = { "Cornice-Cache": "memory", "Server-Timing": "tag-memory;dur=0, memory;dur=0" };
