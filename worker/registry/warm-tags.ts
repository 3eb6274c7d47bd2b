import type { Digest } from "../../protocol/digest.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { COMMON_HEADERS, contentHeaders, TAG_HEADERS } from "../answers/content.ts";
import { acceptedFormat } from "../requests/accepted-format.ts";
import type { TagEndpoint } from "../requests/endpoint.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import { otherMachineNote } from "./other-machine.ts";
import type { WithAccess } from "../access/access-settings.ts";
import type { BuildTimes } from "../builds/build-times.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { type DebugSettings, logTier } from "../requests/debug-log.ts";
import { mayPull, type WithLimits } from "../requests/limits.ts";
import { type Manifest, manifestsOf } from "../stores/manifests.ts";
import { countPull, pullText } from "../pulls/popular-images.ts";
import type { PullSettings } from "../pulls/pull-settings.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { type LogBindings, logRequest } from "../requests/request-log.ts";
import type { RequestedImage } from "../requests/requested-image.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { isSettled } from "./revalidation.ts";
import { recallTag } from "../stores/tag-records.ts";

/** Enough for about 500 tags. Bytes. */
const MAX_WARM_BYTES = 1 << 20;
/** An entry has the name in parsed form and as a key, so it takes a few times the name's length. Bytes. */
const WARM_TAG_BYTES = 2048;

/** The settings with which a warm tag is answered. */
export type WarmSettings = WithAccess &
  WithLimits &
  StoreSettings &
  PullSettings &
  BuildTimes &
  DebugSettings &
  Pick<ImageSettings, "defaultArchitecture">;

/** The tags that were served, by the URL of their request. */
export const warmTagsOf = perIsolate<StoreSettings, LruMap<WarmTag>>(
  () => new LruMap(MAX_WARM_BYTES, () => WARM_TAG_BYTES),
);

/** A tag that was served. The same URL always gives the same values. */
export interface WarmTag {
  readonly endpoint: TagEndpoint;
  readonly image: ImageRequest;
  /** The key of its record. */
  readonly key: string;
  /** The text by which its pulls are counted. */
  readonly pull: string;
}

/** Lets requests for the same URL be answered from memory, while it has the tag's record and manifest. */
export function keepTagWarm(
  { config, request }: RequestContext<StoreSettings>,
  endpoint: TagEndpoint,
  { request: image, tagKey: key }: RequestedImage,
): void {
  warmTagsOf(config).set(request.url, { endpoint, image, key, pull: pullText(image) });
}

/** Everything from which a request for a warm tag is answered. */
interface WarmAnswer {
  readonly config: WarmSettings;
  readonly tag: WarmTag;
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
  const digest = tag && recallDigest(config, request, tag);
  const manifest = digest && manifestsOf(config).get(digest);
  return manifest && { config, tag, manifest, started };
}

/** Whether only the URL, `Accept` and `User-Agent` decide on the answer. */
function isPlain({ method, headers, body }: Request): boolean {
  if ((method !== "GET" && method !== "HEAD") || body !== null) return false;
  return !headers.has("If-None-Match") && !headers.has("Range");
}

function sendWarm(
  { config, tag, manifest, started }: WarmAnswer,
  request: Request,
  env: LogBindings,
  context: ExecutionContext,
): Response {
  countPull({ config, waitUntil: (work) => context.waitUntil(work) }, tag.pull);
  const [body, bytes] = request.method === "HEAD" ? [null, 0] : [manifest.bytes, manifest.size];
  if (config.logLevel === "debug") logTier(request, { name: "memory", answer: "found", ms: Date.now() - started });
  logRequest(env, request, { endpoint: tag.endpoint, status: 200, tier: "memory", ms: Date.now() - started, bytes });
  return new Response(body, { headers: headersOf(manifest) });
}

/** The digest of the tag's manifest. Undefined if the tag needs a look-up or a `Warning`. */
function recallDigest(config: WarmSettings, request: Request, { endpoint, image, key }: WarmTag): Digest | undefined {
  const record = recallTag(config, key);
  if (!record || !isSettled(config, image, record)) return undefined;
  if (otherMachineNote(config, endpoint, request) !== undefined) return undefined;
  return record.manifests[acceptedFormat(request.headers.get("Accept"))];
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
