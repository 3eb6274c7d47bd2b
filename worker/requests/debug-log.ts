import { type PullRequest, requestedName } from "../../protocol/image-request.ts";
import { LOG_LEVELS, type LogLevel } from "../../protocol/log-level.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { type TierAnswer, TierLog } from "./tiers.ts";
import { traceOf } from "./trace.ts";

export interface DebugBindings {
  readonly LOG_LEVEL?: string;
}

export interface DebugSettings {
  /** At `debug`, the Worker also logs a line for each tier that a request asks. */
  readonly logLevel: LogLevel;
}

/** Adds a wrong level to `problems`. */
export function parseDebug({ LOG_LEVEL: text = LOG_LEVELS[0] }: DebugBindings, problems: string[]): DebugSettings {
  const logLevel = LOG_LEVELS.find((level) => level === text);
  if (!logLevel) problems.push(`LOG_LEVEL is ${JSON.stringify(text)}; it must be ${LOG_LEVELS.join(" or ")}`);
  return { logLevel: logLevel ?? LOG_LEVELS[0] };
}

/** A record of the tiers that a request asks. At `debug`, each answer is also logged. */
export function tierLogOf({ logLevel }: DebugSettings, request: Request): TierLog {
  return logLevel === "debug" ? new TierLog((answer) => logTier(request, answer)) : new TierLog();
}

/** A longer path is cut, because nothing has checked it yet. Characters. */
const MAX_PATH_LENGTH = 512;

/** Writes one JSON line. It has the path, because that names the image or digest. It does not have the query. */
export function logTier(request: Request, answer: TierAnswer): void {
  const { traceId } = traceOf(request);
  const path = new URL(request.url).pathname.slice(0, MAX_PATH_LENGTH);
  console.log(JSON.stringify({ level: "debug", message: "tier", ...answer, path, trace: traceId }));
}

/** At `debug`, writes one JSON line that says why an origin is asked for an image. `reason`: the end of a sentence. */
export function logHandOver({ logLevel }: DebugSettings, { image, trace }: HandedOver, reason: string): void {
  if (logLevel !== "debug") return;
  const line = {
    level: "debug",
    message: "an origin is asked",
    image: requestedName(image),
    reason,
    trace: trace.traceId,
  };
  console.log(JSON.stringify(line));
}

interface HandedOver {
  readonly image: PullRequest;
  readonly trace: TraceContext;
}
