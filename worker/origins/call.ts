import { type BuildEvent, type BuildOutcome, BUILDS_PATH, isOutcome, parseEvent } from "../../protocol/build-events.ts";
import { CLIENT_HEADER } from "../../protocol/client-key.ts";
import type { PullRequest } from "../../protocol/image-request.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { misconfigured } from "../answers/misconfigured.ts";
import { readLines, readStart } from "../requests/lines.ts";
import type { OriginSettings } from "./settings.ts";
import { signedRequest } from "./signed-request.ts";
import { type SilenceLimits, SilenceTimer } from "./silence.ts";

/** An outcome has a few hundred bytes, or the explanation of an error. A longer line can only be a log line. */
const MAX_EVENT_LENGTH = 256 * 1024;
/** The log gets as many characters of a refusal. */
const MAX_REFUSAL_LENGTH = 4096;

interface OriginCall extends SilenceLimits {
  readonly origin: OriginSettings;
  /** The URL to call, one of `origin.urls`. */
  readonly url: string;
  readonly image: PullRequest;
  /** The trace of the request that began the build. */
  readonly trace: TraceContext;
  readonly client?: string | undefined;
  /** Gets each event except the outcome. */
  readonly onEvent: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Asks one origin to build an image or a list of images, or to find it built. Reads the answer up to the outcome. Throws if the origin does
 * not answer, breaks off, or sends a line that is no event. Throws `UNAVAILABLE` if the origin refuses the call.
 */
export async function callOrigin(call: OriginCall): Promise<BuildOutcome> {
  const { origin, onEvent, signal } = call;
  const silence = new SilenceTimer(call);
  try {
    const request = await signedRequest(origin, {
      method: "POST",
      url: call.url,
      path: BUILDS_PATH,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/x-ndjson",
        ...(call.client === undefined ? {} : { [CLIENT_HEADER]: call.client }),
      },
      body: JSON.stringify(call.image),
      trace: call.trace,
    });
    const response = await origin.fetch(request, { signal: AbortSignal.any([signal, silence.signal]) });
    await checkAccepted(response, request.url);
    return await readOutcome(response, silence, onEvent);
  } finally {
    silence.stop();
  }
}

/** Throws if the origin refuses the call. Most 4xx mean a fault of this Worker, such as another secret. */
async function checkAccepted({ status, body }: Response, url: string): Promise<void> {
  if (status === 200) return;
  const text = body ? await readStart(body, MAX_REFUSAL_LENGTH) : "";
  const refusal = new Error(`POST ${url} answered ${status}: ${text}`);
  throw isOurFault(status) ? misconfigured(refusal) : refusal;
}

function isOurFault(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

async function readOutcome(
  { body }: Response,
  silence: SilenceTimer,
  onEvent: OriginCall["onEvent"],
): Promise<BuildOutcome> {
  if (!body) throw new Error("the origin's answer is empty");
  for await (const line of readLines(body, MAX_EVENT_LENGTH)) {
    silence.heard();
    const event = parseEvent(line);
    if (event === null)
      throw new Error(`the origin sent a line that is no event: ${line.slice(0, MAX_REFUSAL_LENGTH)}`);
    if (event === undefined) continue;
    if (isOutcome(event)) return event;
    onEvent(event);
  }
  throw new Error("the origin's answer ended without an outcome");
}
