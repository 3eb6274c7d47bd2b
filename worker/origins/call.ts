import {
  type BuildEvent,
  type BuildOutcome,
  BUILDS_PATH,
  HEARTBEAT_INTERVAL_MS,
  isOutcome,
  parseEvent,
} from "../../protocol/build-events.ts";
import { CLIENT_HEADER } from "../../protocol/client-key.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { misconfigured } from "../answers/misconfigured.ts";
import { readLines, readStart } from "../requests/lines.ts";
import type { OriginSettings } from "./settings.ts";
import { signedRequest } from "./signed-request.ts";

/** An outcome has a few hundred bytes, or an error's explanation; longer lines can only be a log's. */
const MAX_EVENT_LENGTH = 256 * 1024;
/** So many heartbeats are lost before the line counts as dead. */
const MAX_SILENCE_MS = 6 * HEARTBEAT_INTERVAL_MS;
/** Enough of a refusal for the log. */
const MAX_REFUSAL_LENGTH = 4096;

interface OriginCall {
  readonly origin: OriginSettings;
  /** The one of `origin.urls` to call. */
  readonly url: string;
  readonly image: ImageRequest;
  /** Of the request that began the build. */
  readonly trace: TraceContext;
  readonly client?: string | undefined;
  /** Told of each event but the outcome. */
  readonly onEvent: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
  readonly maxSilenceMs?: number;
}

/**
 * Has one origin build an image, or find it built, and reads its answer to the outcome. Throws where the origin does
 * not answer, or breaks off, or says what is no event; `UNAVAILABLE` where it does not accept the call.
 */
export async function callOrigin(call: OriginCall): Promise<BuildOutcome> {
  const { origin, onEvent, signal } = call;
  const silence = new SilenceTimer(call.maxSilenceMs ?? MAX_SILENCE_MS);
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

/** The origin refuses what this Worker should not have sent, such as a call signed with another secret. */
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

/** Aborts a call that has not been heard of for a while. */
class SilenceTimer {
  readonly #controller = new AbortController();
  readonly #limitMs: number;
  #heardAt = Date.now();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#check();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A log may have hundreds of lines a second, which is too many for a new timer each. */
  heard(): void {
    this.#heardAt = Date.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #check(): void {
    const leftMs = this.#heardAt + this.#limitMs - Date.now();
    if (leftMs > 0) this.#timer = setTimeout(() => this.#check(), leftMs);
    else this.#controller.abort(new Error(`the origin was silent for ${this.#limitMs} ms`));
  }
}
