import type { NixWork } from "../../protocol/build-events.ts";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { plainLine } from "../../protocol/plain-text.ts";

/** The meaning of one line of Nix's log. Its texts have no control characters. */
export type NixEvent =
  | { readonly kind: "text"; readonly lines: readonly string[] }
  /** `path` is the derivation that Nix builds, or the store path that it downloads. */
  | {
      readonly kind: "start";
      readonly id: number;
      readonly work: NixWork;
      readonly path: string;
      readonly text: string;
    }
  | { readonly kind: "output"; readonly id: number; readonly line: string }
  | { readonly kind: "stop"; readonly id: number };

const PREFIX = "@nix ";
/** Numbers of Nix's internal-json format: https://github.com/NixOS/nix/blob/2.8.0/src/libutil/logging.hh */
const WORK: Readonly<Record<number, NixWork>> = { 100: "download", 105: "build" };
const BUILD_OUTPUT = 101;
const MAX_LEVEL = 3;

/** Reads a line in Nix's JSON format or as plain text. Returns undefined for counters and the like. */
export function parseNixEvent(line: string): NixEvent | undefined {
  if (!line.startsWith(PREFIX)) return { kind: "text", lines: [plainLine(line)] };
  const event = parseJsonObject(line.slice(PREFIX.length));
  if (event === null) return undefined;
  const { action, id, level, msg } = event;
  if (action === "msg" && typeof msg === "string" && typeof level === "number" && level <= MAX_LEVEL)
    return { kind: "text", lines: msg.split("\n").map((text) => plainLine(text)) };
  if (typeof id !== "number") return undefined;
  if (action === "start") return parseStart(id, event);
  if (action === "stop") return { kind: "stop", id };
  return action === "result" && event["type"] === BUILD_OUTPUT ? parseOutput(id, event) : undefined;
}

function parseStart(id: number, event: JsonObject): NixEvent | undefined {
  const { type, text } = event;
  const work = typeof type === "number" ? WORK[type] : undefined;
  const path = firstField(event);
  if (work === undefined || path === undefined) return undefined;
  return { kind: "start", id, work, path: plainLine(path), text: typeof text === "string" ? plainLine(text) : "" };
}

function parseOutput(id: number, event: JsonObject): NixEvent | undefined {
  const line = firstField(event);
  return line === undefined ? undefined : { kind: "output", id, line: plainLine(line) };
}

function firstField({ fields }: JsonObject): string | undefined {
  const first: unknown = Array.isArray(fields) ? fields[0] : undefined;
  return typeof first === "string" ? first : undefined;
}
