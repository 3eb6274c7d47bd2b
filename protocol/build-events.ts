import { type Digest, isDigest } from "./digest.ts";
import { type JsonObject, parseJsonObject } from "./json-object.ts";
import { isOciErrorCode, type OciErrorCode } from "./oci-error.ts";
import { parseTagRecord, type TagRecord } from "./tag-record.ts";

/** The path of the Worker's build calls to the origin. */
export const BUILDS_PATH = "/builds";

/** Proxies cut a silent connection after about 100 s. A heartbeat this often keeps it open. */
export const HEARTBEAT_INTERVAL_MS = 5000;

/** The steps of a build, in the order in which they run. Only a build that finds no free place has the step `wait`. */
export const PHASES = ["resolve", "wait", "evaluate", "realise", "group", "pack", "publish"] as const;

export type BuildPhase = (typeof PHASES)[number];

/**
 * One line of the NDJSON answer to a build call. The first event is `queued`, and it comes at once. The last is `image`
 * or `error`. A stream that ends without them was cut.
 */
export type BuildEvent =
  | { readonly event: "queued" }
  | { readonly event: "heartbeat" }
  | { readonly event: "phase"; readonly phase: BuildPhase }
  | { readonly event: "log"; readonly line: string }
  | WorkEvent
  | DownloadEvent
  | LayerEvent
  | EdgeEvent
  | BuildOutcome;

/** Gets the events of a build, in order. */
export type BuildListener = (event: BuildEvent) => void;

/** Nix's work for a store path that the machine does not have. */
export type NixWork = "build" | "download";

/** Nix begins or ends to build or download a store path. `WorkEnd` says how it ended. */
export interface WorkEvent {
  readonly event: "work";
  readonly work: NixWork;
  /** Without hash: `git-2.39.5`. */
  readonly name: string;
  readonly state: "started" | WorkEnd;
}

const WORK_ENDS = ["ended", "failed", "stopped"] as const;

/**
 * How work ends: with its store path, with an error, or because other work failed. Nix may name the failed work late. So
 * `failed` and `stopped` may follow an `ended` of the same work.
 */
export type WorkEnd = (typeof WORK_ENDS)[number];

/** Bytes of the build's downloads. */
export interface DownloadEvent extends DownloadProgress {
  readonly event: "download";
}

export interface DownloadProgress {
  /** Bytes that have arrived; never more than `total`. */
  readonly done: number;
  /** Bytes of all downloads that are known so far. */
  readonly total: number;
}

/** A layer of the image is in the store. */
export interface LayerEvent extends LayerProgress {
  readonly event: "layer";
  /** How many layers the image has. */
  readonly total: number;
}

export interface LayerProgress {
  /** The layer's place. The bottom layer is 0. */
  readonly index: number;
  /** What the layer holds, in a few words. */
  readonly description: string;
  readonly digest: Digest;
  /** Compressed bytes. */
  readonly size: number;
  /** Whether the layer existed before the build. */
  readonly known: boolean;
}

/** The image was put together at the edge. No origin sends this event. */
export interface EdgeEvent {
  readonly event: "edge";
  readonly steps: readonly EdgeStep[];
}

/** A step of an image that the edge puts together, and how long it took. */
export interface EdgeStep {
  readonly step: "wait" | "tag" | "names" | "bundles" | "assemble" | "write";
  readonly ms: number;
}

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
  /** Set if this revision lacks a requested name. The error then holds as long as the tag stands for this revision. */
  readonly revision?: string;
}

export function formatEvent(event: BuildEvent): string {
  return `${JSON.stringify(event)}\n`;
}

export function isOutcome(event: BuildEvent): event is BuildOutcome {
  return event.event === "image" || event.event === "error";
}

/** Reads the event of a line. Undefined for an event that this version does not know, null for a malformed line. */
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
    case "work":
      return parseWorkEvent(value);
    case "download":
      return parseDownloadEvent(value);
    case "layer":
      return parseLayerEvent(value);
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

function parseWorkEvent({ work, name, state }: JsonObject): WorkEvent | undefined | null {
  if (typeof name !== "string") return null;
  if (work !== "build" && work !== "download") return undefined;
  const known = state === "started" ? state : WORK_ENDS.find((end) => end === state);
  return known && { event: "work", work, name, state: known };
}

function parseDownloadEvent({ done, total }: JsonObject): DownloadEvent | null {
  return isCount(done) && isCount(total) && done <= total ? { event: "download", done, total } : null;
}

function parseLayerEvent({ index, total, description, digest, size, known }: JsonObject): LayerEvent | null {
  if (!isCount(index) || !isCount(total) || index >= total || !isCount(size) || typeof description !== "string")
    return null;
  if (typeof digest !== "string" || !isDigest(digest) || typeof known !== "boolean") return null;
  return { event: "layer", index, total, description, digest, size, known };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
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
