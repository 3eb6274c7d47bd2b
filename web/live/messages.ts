import type { BuildMessage, TimedEvent } from "../../protocol/build-state.ts";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { isBuildState } from "../../protocol/parse-build-state.ts";

/**
 * Reads a message that the registry sends to the followers of a build. Null if it is malformed. The registry is of the
 * same release as this page, so only the outline is checked.
 */
export function parseBuildMessage(text: string): BuildMessage | null {
  const message = parseJsonObject(text);
  const { type, state, events } = message ?? {};
  if (type === "state" && isBuildState(state)) return { type, state };
  if (type === "events" && Array.isArray(events) && events.every(isTimedEvent)) return { type, events };
  return null;
}

function isTimedEvent(value: unknown): value is TimedEvent {
  return isJsonObject(value) && typeof value["at"] === "number" && isJsonObject(value["event"]);
}
