import {
  BUILDS_PATH,
  type ErrorEvent,
  HEARTBEAT_INTERVAL_MS,
  type ImageEvent,
  parseOutcome,
} from "../protocol/build-events.ts";
import type { ImageRequest } from "../protocol/image-request.ts";
import { OciError } from "../protocol/oci-error.ts";
import { signCall, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../protocol/signature.ts";
import { type Config, misconfigured } from "./environment.ts";
import { readLines, readStart } from "./lines.ts";

/** An outcome has a few hundred bytes, or an error's explanation; longer lines can only be a log's. */
const MAX_EVENT_LENGTH = 256 * 1024;
/** So many heartbeats are lost before the line counts as dead. */
const MAX_SILENCE_MS = 6 * HEARTBEAT_INTERVAL_MS;
/** Enough of a refusal for the log. */
const MAX_REFUSAL_LENGTH = 4096;

const UNREACHABLE = "the build service is not reachable; images already built are still served";

/**
 * Has the origin build an image, or find it built, and waits for the outcome. Throws the `OciError` that
 * the build ended with; `UNAVAILABLE` where the origin does not answer, or breaks off, or does not accept the call.
 */
export async function requestBuild(
  config: Config,
  image: ImageRequest,
  maxSilenceMs: number = MAX_SILENCE_MS,
): Promise<ImageEvent> {
  const silence = new SilenceTimer(maxSilenceMs);
  try {
    const response = await fetch(await signedCall(config, image), { signal: silence.signal });
    await checkAccepted(response);
    const outcome = await readOutcome(response, silence);
    if (outcome.event === "image") return outcome;
    throw new OciError(outcome.code, outcome.message, { detail: outcome.detail });
  } catch (error) {
    throw error instanceof OciError ? error : new OciError("UNAVAILABLE", UNREACHABLE, { cause: error });
  } finally {
    silence.stop();
  }
}

async function signedCall({ originUrl, originSecret }: Config, image: ImageRequest): Promise<Request> {
  const url = new URL(`${originUrl}${BUILDS_PATH}`);
  const body = JSON.stringify(image);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = await signCall(originSecret, { method: "POST", path: url.pathname, timestamp, body });
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/x-ndjson",
    [TIMESTAMP_HEADER]: timestamp,
    [SIGNATURE_HEADER]: signature,
  };
  return new Request(url, { method: "POST", headers, body, redirect: "manual" });
}

/** The origin refuses what this Worker should not have sent, such as a call signed with another secret. */
async function checkAccepted(response: Response): Promise<void> {
  if (response.status === 200) return;
  const text = response.body ? await readStart(response.body, MAX_REFUSAL_LENGTH) : "";
  const refusal = new Error(`POST ${response.url} answered ${response.status}: ${text}`);
  throw isOurFault(response.status) ? misconfigured(refusal) : refusal;
}

function isOurFault(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

async function readOutcome({ body }: Response, silence: SilenceTimer): Promise<ImageEvent | ErrorEvent> {
  if (!body) throw new Error("the origin's answer is empty");
  for await (const line of readLines(body, MAX_EVENT_LENGTH)) {
    silence.restart();
    const outcome = parseOutcome(line);
    if (outcome) return outcome;
    if (outcome === null)
      throw new Error(`the origin sent a line that is no event: ${line.slice(0, MAX_REFUSAL_LENGTH)}`);
  }
  throw new Error("the origin's answer ended without an outcome");
}

/** Aborts a call that has not been heard of for a while. */
class SilenceTimer {
  readonly #controller = new AbortController();
  readonly #limitMs: number;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    const reason = new Error(`the origin was silent for ${this.#limitMs} ms`);
    this.#timer = setTimeout(() => this.#controller.abort(reason), this.#limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
