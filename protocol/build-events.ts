import { type JsonObject, parseJsonObject } from "./json-object.ts";
import { isOciErrorCode, type OciErrorCode } from "./oci-error.ts";
import { parseTagRecord, type TagRecord } from "./tag-record.ts";

/** The path that worker and origin speak over. */
export const BUILDS_PATH = "/builds";

/** A silent line is cut by proxies after about 100 s; a heartbeat this often keeps it open. */
export const HEARTBEAT_INTERVAL_MS = 5000;

/** The steps of a build, in the order in which they run. */
const PHASES = ["resolve", "evaluate", "realise", "group", "pack", "publish"] as const;

export type BuildPhase = (typeof PHASES)[number];

/**
 * One line of the NDJSON answer to a build call. The first is `queued`, at once; the last is `image`
 * or `error`. A stream that ends without either was cut.
 */
export type BuildEvent =
  | { readonly event: "queued" }
  | { readonly event: "heartbeat" }
  | { readonly event: "phase"; readonly phase: BuildPhase }
  | { readonly event: "log"; readonly line: string }
  | BuildOutcome;

/** How a build ended. */
export type BuildOutcome = ImageEvent | ErrorEvent;

export interface ImageEvent extends TagRecord {
  readonly event: "image";
}

export interface ErrorEvent {
  readonly event: "error";
  readonly code: OciErrorCode;
  readonly message: string;
  readonly detail?: unknown;
  /** Set where the error holds for as long as the tag stands for this revision, which lacks what was asked for. */
  readonly revision?: string;
}

export function formatEvent(event: BuildEvent): string {
  return `${JSON.stringify(event)}\n`;
}

export function isOutcome(event: BuildEvent): event is BuildOutcome {
  return event.event === "image" || event.event === "error";
}

/** The event that a line holds; undefined for one that this version does not know, null for a line that is none. */
export function parseEvent(line: string): BuildEvent | undefined | null {
  const value = parseJsonObject(line);
  if (value === null || typeof value["event"] !== "string") return null;
  switch (value["event"]) {
    case "queued":
    case "heartbeat":
      return { event: value["event"] };
    case "phase":
      return parsePhaseEvent(value);
    case "log":
      return typeof value["line"] === "string" ? { event: "log", line: value["line"] } : null;
    case "image":
      return parseImageEvent(value);
    case "error":
      return parseErrorEvent(value);
    default:
      return undefined;
  }
}

function parsePhaseEvent(value: JsonObject): BuildEvent | undefined {
  const phase = PHASES.find((known) => known === value["phase"]);
  return phase && { event: "phase", phase };
}

function parseImageEvent(event: JsonObject): ImageEvent | null {
  const record = parseTagRecord(event);
  return record && { event: "image", ...record };
}

function parseErrorEvent({ code, message, detail, revision }: JsonObject): ErrorEvent | null {
  if (!isOciErrorCode(code) || typeof message !== "string") return null;
  return {
    event: "error",
    code,
    message,
    ...(detail === undefined ? {} : { detail }),
    ...(typeof revision === "string" ? { revision } : {}),
  };
}
