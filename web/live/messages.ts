import type { BuildMessage, BuildState, TimedEvent } from "../../protocol/build-state.ts";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";

/**
 * What the registry sends to whoever follows a build. It is the same release as this page, so that only the outline is
 * checked. Null for what is no such message.
 */
export function parseBuildMessage(text: string): BuildMessage | null {
  const message = parseJsonObject(text);
  const { type, state, events } = message ?? {};
  if (type === "state" && isBuildState(state)) return { type, state };
  if (type === "events" && Array.isArray(events) && events.every(isTimedEvent)) return { type, events };
  return null;
}

/** Null for what is no build's state, in outline. */
export function parseBuildState(value: unknown): BuildState | null {
  return isBuildState(value) ? value : null;
}

function isBuildState(value: unknown): value is BuildState {
  if (!isJsonObject(value)) return false;
  const { image, startedAt, phases, work, layers, log } = value;
  const areLists = [phases, work, layers, isJsonObject(log) ? log["lines"] : undefined].every(Array.isArray);
  return typeof image === "string" && typeof startedAt === "number" && areLists;
}

function isTimedEvent(value: unknown): value is TimedEvent {
  return isJsonObject(value) && typeof value["at"] === "number" && isJsonObject(value["event"]);
}
