import type { BuildMessage, TimedEvent } from "../../protocol/build-state.ts";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { isBuildState } from "../../protocol/parse-build-state.ts";

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

function isTimedEvent(value: unknown): value is TimedEvent {
  return isJsonObject(value) && typeof value["at"] === "number" && isJsonObject(value["event"]);
}
