import type { BuildEvent, LayerEvent, WorkEvent } from "../../protocol/build-events.ts";

/** A listener that records its events by kind. */
export function recordEvents() {
  const events: BuildEvent[] = [];
  return {
    events,
    onEvent: (event: BuildEvent) => void events.push(event),
    phases: () => events.flatMap((event) => (event.event === "phase" ? [event.phase] : [])),
    lines: () => events.flatMap((event) => (event.event === "log" ? [event.line] : [])),
    work: () => events.flatMap((event) => (event.event === "work" ? [withoutKind(event)] : [])),
    layers: () => events.flatMap((event) => (event.event === "layer" ? [withoutKind(event)] : [])),
  };
}

function withoutKind<T extends WorkEvent | LayerEvent>(event: T): Omit<T, "event"> {
  const { event: _, ...rest } = event;
  return rest;
}
