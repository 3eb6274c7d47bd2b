import type { Digest } from "../../protocol/digest.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { negotiateFormat } from "../../protocol/media-types.ts";
import { COMMON_HEADERS, contentHeaders, TAG_HEADERS } from "../answers/content.ts";
import type { TagEndpoint } from "../requests/endpoint.ts";
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

/** Some five hundred tags. Bytes. */
const MAX_WARM_BYTES = 1 << 20;
/** A name, parsed and as a key: a few times what it has as part of the path. Bytes. */
const WARM_TAG_BYTES = 2048;

/** The settings that a warm tag is answered with. */
export type WarmSettings = WithAccess & WithLimits & StoreSettings & PullSettings & BuildTimes & DebugSettings;

/** The tags that were served, by the URL that asked for them. */
export const warmTagsOf = perIsolate<StoreSettings, LruMap<WarmTag>>(
  () => new LruMap(MAX_WARM_BYTES, () => WARM_TAG_BYTES),
);

/** A tag that was served: what the URL that asked for it comes to, which is always the same. */
export interface WarmTag {
  readonly endpoint: TagEndpoint;
  readonly image: ImageRequest;
  /** The key of its record. */
  readonly key: string;
  /** What its pulls are counted by. */
  readonly pull: string;
}

/** Has requests for the same URL answered from memory, as long as tag and manifest are in it. */
export function keepTagWarm(
  { config, request }: RequestContext<StoreSettings>,
  endpoint: TagEndpoint,
  { request: image, tagKey: key }: RequestedImage,
): void {
  warmTagsOf(config).set(request.url, { endpoint, image, key, pull: pullText(image) });
}

/** All that the answer to a request for a warm tag is made from. */
interface WarmAnswer {
  readonly config: WarmSettings;
  readonly tag: WarmTag;
  readonly manifest: Manifest;
  readonly started: number;
}

/**
 * The shortest way to an answer: a tag that this isolate served a moment ago, where anybody may pull. The registry
 * would give the same answer, only later. Undefined where anything else has to be looked up or decided; a promise,
 * which costs as much again, only where there is a limit to ask.
 */
export function answerWarmTag(
  config: WarmSettings,
  request: Request,
  env: LogBindings,
  context: ExecutionContext,
): Response | Promise<Response | undefined> | undefined {
  const warm = recallAnswer(config, request);
  if (!warm || !config.limits.pulls) return warm && sendWarm(warm, request, env, context);
  // Whoever is over the limit is told so by the registry.
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

/** Whether nothing but the URL and what is accepted decides on the answer. */
function isPlain({ method, headers, body }: Request): boolean {
  return (method === "GET" || method === "HEAD") && body === null && !headers.has("If-None-Match");
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

/** The manifest that a tag stands for, as far as there is nothing to do or to say about the tag. */
function recallDigest(
  config: StoreSettings & BuildTimes,
  { headers }: Request,
  { image, key }: WarmTag,
): Digest | undefined {
  const record = recallTag(config, key);
  if (!record || !isSettled(config, image, record)) return undefined;
  return record.manifests[negotiateFormat(headers.get("Accept") ?? undefined)];
}

const prepared = new WeakMap<Manifest, Headers>();

/** All answers with a manifest have the same, so that none of them has to make its own. */
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

/** As a `TierLog` has it. */
const FROM_MEMORY = { "Cornice-Cache": "memory", "Server-Timing": "tag-memory;dur=0, memory;dur=0" };
