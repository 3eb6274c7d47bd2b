import type { BuildEvent, BuildOutcome, ErrorEvent } from "../../protocol/build-events.ts";
import { type PullRequest, requestedName } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { tagKey } from "../../protocol/storage-keys.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { logFailure } from "../answers/errors.ts";
import { buildName } from "../requests/build-key.ts";
import type { BuildTimes } from "./build-times.ts";
import type { BuiltManifests } from "../stores/manifests.ts";
import { type CheckSettings, checkStored, noteUpload } from "./check-stored.ts";
import { callOrigin } from "../origins/call.ts";
import { healthOf } from "../origins/health.ts";
import { rankOrigins } from "../origins/ranking.ts";
import type { WithOrigins } from "../origins/settings.ts";

const UNREACHABLE = "the build service is not reachable; images already built are still served";

export interface OriginOrder {
  readonly image: PullRequest;
  /** The trace of the request that began the build. */
  readonly trace: TraceContext;
  readonly client?: string | undefined;
}

/** The settings with which origins are asked. */
type AskSettings = WithOrigins & BuildTimes & CheckSettings;

type OnEvent = (event: BuildEvent) => void;

/** How a build ended. An image comes with its manifests. */
export interface BuildEnd {
  readonly outcome: BuildOutcome;
  readonly manifests?: BuiltManifests;
  /** Writes the records of the image. It may run behind the answer. */
  readonly publish?: () => Promise<void>;
}

/**
 * Asks one origin after the other to build an image, until one answers with an outcome that is no outage. Failures on
 * the way are logged. If all origins fail, the outcome is the last one's outage. If the outcome is an image, R2 has all
 * of it.
 */
export async function askOrigins(config: AskSettings, order: OriginOrder, onEvent: OnEvent): Promise<BuildEnd> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), config.buildTimeoutMs);
  const listen: OnEvent = (event) => {
    noteUpload(config, event);
    onEvent(event);
  };
  try {
    return await askInOrder(config, order, listen, limit.signal);
  } finally {
    // A running timer keeps a Durable Object in memory, and its time there costs money.
    clearTimeout(timer);
  }
}

async function askInOrder(
  config: AskSettings,
  { image, trace, client }: OriginOrder,
  onEvent: OnEvent,
  signal: AbortSignal,
): Promise<BuildEnd> {
  const { origin, buildTimeoutMs } = config;
  const health = healthOf(origin);
  const ranked = await rankOrigins(origin.urls, await buildName(await tagKey(image)));
  let failure: unknown;
  for (const url of health.order(ranked, Date.now())) {
    const isSuspect = health.hasFailed(url, Date.now());
    try {
      const outcome = await callOrigin({ origin, url, image, trace, client, onEvent, signal, isSuspect });
      const manifests = outcome.event === "image" && (await checkStored(config, outcome.manifests, trace));
      throwIfOutage(outcome);
      health.worked(url);
      return manifests ? { outcome, manifests } : { outcome };
    } catch (error) {
      if (signal.aborted) return { outcome: tookTooLong(image, buildTimeoutMs) };
      health.failed(url, Date.now());
      logFailure(`origin ${url} failed to build ${requestedName(image)}`, error);
      failure = error;
    }
  }
  const message = failure instanceof OciError ? failure.message : UNREACHABLE;
  return { outcome: { event: "error", code: "UNAVAILABLE", message } };
}

/** An origin without disk space, or one that stops, says nothing about the image. Another origin may build it. */
function throwIfOutage(outcome: BuildOutcome): void {
  if (outcome.event === "error" && outcome.code === "UNAVAILABLE") throw new OciError("UNAVAILABLE", outcome.message);
}

function tookTooLong(image: PullRequest, limitMs: number): ErrorEvent {
  const message =
    `building ${requestedName(image)} took longer than ${limitMs / 1000} s; ` +
    "finished parts are kept, so pull again, or ask the operator to raise BUILD_TIMEOUT";
  return { event: "error", code: "MANIFEST_UNKNOWN", message };
}
