import type { NixWork } from "../../protocol/build-events.ts";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { plainLine } from "../../protocol/plain-text.ts";

/** The meaning of one line of Nix's log. Its texts have no control characters. */
export type NixEvent =
  /** `level` is Nix's: 0 is an error, 1 a warning, 3 information. Undefined for a line that is not in the JSON format. */
  | { readonly kind: "text"; readonly lines: readonly string[]; readonly level?: number }
  /** `path` is the derivation that Nix builds, or the store path that it downloads. */
  | {
      readonly kind: "start";
      readonly id: number;
      readonly work: NixWork;
      readonly path: string;
      readonly text: string;
      /** The binary cache of a download. */
      readonly from?: string;
    }
  | { readonly kind: "output"; readonly id: number; readonly line: string }
  /** Nix begins to transfer a file from a server. */
  | { readonly kind: "transfer"; readonly id: number; readonly url: string }
  /** Bytes of a transfer that have arrived, and all its bytes; 0 if Nix does not know them. */
  | { readonly kind: "bytes"; readonly id: number; readonly done: number; readonly all: number }
  /** Bytes that all downloads of this call have together, as far as Nix knows. */
  | { readonly kind: "expected"; readonly total: number }
  | { readonly kind: "stop"; readonly id: number };

const PREFIX = "@nix ";
/** Numbers of Nix's internal-json format: https://github.com/NixOS/nix/blob/2.8.0/src/libutil/logging.hh */
const WORK: Readonly<Record<number, NixWork>> = { 100: "download", 105: "build" };
const TRANSFER = 101;
const BUILD_OUTPUT = 101;
const PROGRESS = 105;
const EXPECTED = 106;
const MAX_LEVEL = 3;

/** Reads a line in Nix's JSON format or as plain text. Returns undefined for other counters and the like. */
export function parseNixEvent(line: string): NixEvent | undefined {
  if (!line.startsWith(PREFIX)) return { kind: "text", lines: [plainLine(line)] };
  const event = parseJsonObject(line.slice(PREFIX.length));
  if (event === null) return undefined;
  const { action, id, level, msg } = event;
  if (action === "msg" && typeof msg === "string" && typeof level === "number" && level <= MAX_LEVEL)
    return { kind: "text", level, lines: msg.split("\n").map((text) => plainLine(text)) };
  if (typeof id !== "number") return undefined;
  if (action === "start") return parseStart(id, event);
  if (action === "stop") return { kind: "stop", id };
  return action === "result" ? parseResult(id, event) : undefined;
}

function parseStart(id: number, event: JsonObject): NixEvent | undefined {
  const { type, text } = event;
  const work = typeof type === "number" ? WORK[type] : undefined;
  const [first, from] = fieldsOf(event);
  if (typeof first !== "string") return undefined;
  if (type === TRANSFER) return { kind: "transfer", id, url: plainLine(first) };
  if (work === undefined) return undefined;
  return {
    kind: "start",
    id,
    work,
    path: plainLine(first),
    text: typeof text === "string" ? plainLine(text) : "",
    ...(work === "download" && typeof from === "string" ? { from: plainLine(from) } : {}),
  };
}

function parseResult(id: number, event: JsonObject): NixEvent | undefined {
  const [first, second] = fieldsOf(event);
  switch (event["type"]) {
    case BUILD_OUTPUT:
      return typeof first === "string" ? { kind: "output", id, line: plainLine(first) } : undefined;
    case PROGRESS:
      return typeof first === "number" && typeof second === "number"
        ? { kind: "bytes", id, done: first, all: second }
        : undefined;
    case EXPECTED:
      return first === TRANSFER && typeof second === "number" ? { kind: "expected", total: second } : undefined;
    default:
      return undefined;
  }
}

function fieldsOf({ fields }: JsonObject): readonly unknown[] {
  return Array.isArray(fields) ? fields : [];
}
