import { type TierAnswer, TierLog } from "./tiers.ts";
import { traceOf } from "./trace.ts";

/** `debug` adds a line to the Worker's log for each tier that a request asks. */
export type LogLevel = "info" | "debug";

export interface DebugBindings {
  readonly LOG_LEVEL?: string;
}

export interface DebugSettings {
  readonly logLevel: LogLevel;
}

/** Adds a wrong level to `problems`. */
export function parseDebug({ LOG_LEVEL: text = "info" }: DebugBindings, problems: string[]): DebugSettings {
  if (text === "info" || text === "debug") return { logLevel: text };
  problems.push(`LOG_LEVEL is ${JSON.stringify(text)}; it must be info or debug`);
  return { logLevel: "info" };
}

/** The tiers of a request, each of which is also told to the log at the level `debug`. */
export function tierLogOf({ logLevel }: DebugSettings, request: Request): TierLog {
  return logLevel === "debug" ? new TierLog((answer) => logTier(request, answer)) : new TierLog();
}

/** A longer path is cut: nobody has checked it; characters. */
const MAX_PATH_LENGTH = 512;

/** Writes one JSON line. It has the path, which names images and digests, and leaves out the query. */
export function logTier(request: Request, answer: TierAnswer): void {
  const { traceId } = traceOf(request);
  const path = new URL(request.url).pathname.slice(0, MAX_PATH_LENGTH);
  console.log(JSON.stringify({ level: "debug", message: "tier", ...answer, path, trace: traceId }));
}
