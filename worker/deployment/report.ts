import { blobPath } from "../../protocol/blob-call.ts";
import {
  type DeploymentProbe,
  type EdgeReport,
  type OriginReport,
  PROBE_KEY,
  probeCacheKey,
  type Sight,
} from "../../protocol/deployment-check.ts";
import { sha256Digest } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { HEALTH_PATH, RELEASE, releaseIn } from "../../protocol/release.ts";
import { newTrace } from "../../protocol/trace-context.ts";
import { logFailure } from "../answers/errors.ts";
import { type OriginBindings, type OriginSettings, parseOriginSettings } from "../origins/settings.ts";
import { signedRequest } from "../origins/signed-request.ts";
import { type ImageBindings, parseImageSettings } from "../requests/image-settings.ts";
import { type LimitBindings, limitSettings } from "../requests/limits.ts";
import { readStart } from "../requests/lines.ts";
import type { LogBindings } from "../requests/request-log.ts";

/** The bindings that a check looks at. */
export interface DeploymentBindings extends OriginBindings, ImageBindings, LimitBindings, LogBindings {
  readonly KV: KVNamespace;
  readonly R2: R2Bucket;
}

/** No blob has this digest, so an origin only says that it does not know it. */
const NO_BLOB = blobPath(sha256Digest("0".repeat(64)));
const TIME_LIMIT_MS = 10_000;
const MAX_DETAIL_LENGTH = 300;
const MAX_ORIGINS = 20;

/** What the Worker sees. `problems` are those of its settings. */
export async function reportDeployment(
  env: DeploymentBindings,
  probe: DeploymentProbe,
  problems: readonly string[],
): Promise<EdgeReport> {
  const origin = parseOriginSettings(env, []);
  const { packageSource, platforms } = parseImageSettings(env, []);
  const [r2, kv, origins] = await Promise.all([
    sightOf(probe, async () => (await env.R2.get(PROBE_KEY))?.text()),
    sightOf(probe, async () => (await env.KV.get(probeCacheKey(probe.value))) ?? undefined),
    Promise.all(origin.urls.slice(0, MAX_ORIGINS).map((url) => reportOrigin(origin, url))),
  ]);
  const missingLimits = Object.entries(limitNames(env)).flatMap(([name, limit]) => (limit ? [] : [name]));
  return { release: RELEASE, nowMs: Date.now(), problems, packageSource, platforms, missingLimits, r2, kv, origins };
}

function limitNames(env: LimitBindings): Readonly<Record<string, RateLimit | undefined>> {
  const { pulls, builds, passwords } = limitSettings(env).limits;
  return { PULL_LIMIT: pulls, BUILD_LIMIT: builds, PASSWORD_LIMIT: passwords };
}

async function sightOf({ value }: DeploymentProbe, read: () => Promise<string | undefined>): Promise<Sight> {
  try {
    const seen = await read();
    if (seen === undefined) return "missing";
    return seen === value ? "same" : "other";
  } catch (error) {
    logFailure("a store did not answer a check", error);
    return "failed";
  }
}

/** Asks for a blob that nobody has: an origin with the same secret says so, and does no work. */
async function reportOrigin(origin: OriginSettings, url: string): Promise<OriginReport> {
  const [call, release] = await Promise.all([callOrigin(origin, url), releaseOf(origin, url)]);
  return { url, ...call, ...(release !== undefined && { release }) };
}

async function callOrigin(origin: OriginSettings, url: string): Promise<Pick<OriginReport, "answer" | "detail">> {
  try {
    const request = await signedRequest(origin, { method: "GET", url, path: NO_BLOB, trace: newTrace() });
    const { status, body } = await origin.fetch(request, { signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    const text = body ? await readStart(body, MAX_DETAIL_LENGTH) : "";
    const isAccepted = status === 404 && parseJsonObject(text)?.["code"] === "BLOB_UNKNOWN";
    return { answer: isAccepted ? "accepted" : "refused", detail: `${status} ${text}` };
  } catch (error) {
    return { answer: "failed", detail: error instanceof Error ? error.message.slice(0, MAX_DETAIL_LENGTH) : "" };
  }
}

/** Undefined if the origin does not answer, or is too old to say. */
async function releaseOf({ fetch, headers }: OriginSettings, url: string): Promise<string | undefined> {
  try {
    const request = new Request(new URL(url + HEALTH_PATH), { headers, redirect: "manual" });
    const { ok, body } = await fetch(request, { signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    const text = body ? await readStart(body, MAX_DETAIL_LENGTH) : "";
    return ok ? releaseIn(text) : undefined;
  } catch {
    // The signed call has told why.
    return undefined;
  }
}
