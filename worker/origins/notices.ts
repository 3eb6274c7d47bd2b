import { BUILDS_PATH } from "../../protocol/build-events.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { type Notice, parseNotices } from "../../protocol/notices.ts";
import { newTrace } from "../../protocol/trace-context.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { readStart } from "../requests/lines.ts";
import { inBackground, type RequestContext } from "../requests/request-context.ts";
import type { OriginSettings, WithOrigins } from "./settings.ts";
import { signedRequest } from "./signed-request.ts";

/** An isolate asks at most as often, however many people visit. */
const MAX_AGE_MS = 60_000;
/** A notice that comes later helps nobody: the visitor reads the page already. */
const TIME_LIMIT_MS = 2000;
const MAX_ANSWER_LENGTH = 1024;

interface Memory {
  askedAt: number;
  notices: readonly Notice[];
}

const memoryOf = perIsolate<OriginSettings, Memory>(() => ({ askedAt: -Infinity, notices: [] }));

/**
 * What the people of the page should know. Asks the origins if nobody has asked for a minute. Requests that come meanwhile get
 * the last answer. Takes two seconds at most, and never fails.
 */
export async function currentNotices(context: RequestContext<WithOrigins>): Promise<readonly Notice[]> {
  const { origin } = context.config;
  const memory = memoryOf(origin);
  // A question would start a container, or keep it from its sleep, and this costs money.
  if (origin.startsOnCall || Date.now() - memory.askedAt < MAX_AGE_MS) return memory.notices;
  memory.askedAt = Date.now();
  const asked = askAll(origin);
  // The answer is for all visitors, also if this one leaves.
  inBackground(context, "asking the origins for notices", keep(memory, asked));
  return asked;
}

async function keep(memory: Memory, asked: Promise<readonly Notice[]>): Promise<void> {
  memory.notices = await asked;
}

/**
 * The notices of all origins that answer. A notice of some origins helps no visitor: an origin without it builds, because
 * the Worker asks the next origin if one has no space left.
 */
async function askAll(origin: OriginSettings): Promise<readonly Notice[]> {
  const answers = await Promise.all(origin.urls.map((url) => askOne(origin, url)));
  const [first = [], ...others] = answers.filter((answer) => answer !== undefined);
  return first.filter((notice) => others.every((notices) => notices.includes(notice)));
}

/** Undefined if the origin does not answer in time, or is of a release that has no notices. */
async function askOne(origin: OriginSettings, url: string): Promise<readonly Notice[] | undefined> {
  try {
    const request = await signedRequest(origin, { method: "GET", url, path: BUILDS_PATH, trace: newTrace() });
    const { ok, body } = await origin.fetch(request, { signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    const text = body ? await readStart(body, MAX_ANSWER_LENGTH) : "";
    return ok ? parseNotices(parseJsonObject(text))?.notices : undefined;
  } catch {
    // Builds tell of an outage, and the log has its reason then.
    return undefined;
  }
}
