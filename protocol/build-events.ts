import { type JsonObject, parseJsonObject } from "./json-object.ts";
import { isOciErrorCode, type OciErrorCode } from "./oci-error.ts";
import { parseTagRecord, type TagRecord } from "./tag-record.ts";

/** The path that worker and origin speak over. */
export const BUILDS_PATH = "/builds";

/** A silent line is cut by proxies after about 100 s; a heartbeat this often keeps it open. */
export const HEARTBEAT_INTERVAL_MS = 5000;

/** The steps of a build, in the order in which they run. */
export type BuildPhase = "resolve" | "evaluate" | "realise" | "group" | "pack" | "publish";

/**
 * One line of the NDJSON answer to a build call. The first is `queued`, at once; the last is `image`
 * or `error`. A stream that ends without either was cut.
 */
export type BuildEvent =
  | { readonly event: "queued" }
  | { readonly event: "heartbeat" }
  | { readonly event: "phase"; readonly phase: BuildPhase }
  | { readonly event: "log"; readonly line: string }
  | ImageEvent
  | ErrorEvent;

export interface ImageEvent extends TagRecord {
  readonly event: "image";
}

export interface ErrorEvent {
  readonly event: "error";
  readonly code: OciErrorCode;
  readonly message: string;
  readonly detail?: unknown;
}

export function formatEvent(event: BuildEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** The outcome that a line holds; undefined for progress, null for a line that is not an event. */
export function parseOutcome(line: string): ImageEvent | ErrorEvent | undefined | null {
  const event = parseJsonObject(line);
  if (event === null || typeof event["event"] !== "string") return null;
  if (event["event"] === "image") return parseImageEvent(event);
  if (event["event"] === "error") return parseErrorEvent(event);
  return undefined;
}

function parseImageEvent(event: JsonObject): ImageEvent | null {
  const record = parseTagRecord(event);
  return record && { event: "image", ...record };
}

function parseErrorEvent({ code, message, detail }: JsonObject): ErrorEvent | null {
  if (!isOciErrorCode(code) || typeof message !== "string") return null;
  return { event: "error", code, message, detail };
}
