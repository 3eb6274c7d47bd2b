import {
  type BuildEvent,
  type BuildOutcome,
  type BuildPhase,
  type DownloadProgress,
  type EdgeStep,
  isOutcome,
  type LayerProgress,
  type NixWork,
  type WorkEnd,
  type WorkEvent,
} from "./build-events.ts";

/** The state of a build. The Worker sends it to the page. Times are in milliseconds since the epoch. */
export interface BuildState {
  /** `name:tag`, as in a pull. */
  readonly image: string;
  readonly startedAt: number;
  readonly phases: readonly { readonly phase: BuildPhase; readonly at: number }[];
  /** Nix's builds and downloads, in the order in which they began. Only the latest ones. */
  readonly work: readonly NixWorkState[];
  /** Undefined until bytes of a download have arrived. */
  readonly download?: DownloadProgress;
  /** The layers that are ready, in the order in which they became ready. */
  readonly layers: readonly LayerProgress[];
  /** How many layers there will be. Undefined until this is known. */
  readonly layerCount?: number;
  readonly log: LogTail;
  /** The steps of an image that was put together at the edge. Undefined for other images. */
  readonly edge?: readonly EdgeStep[];
  /** Undefined while the build runs. */
  readonly end?: { readonly at: number; readonly outcome: BuildOutcome };
}

export interface NixWorkState {
  readonly work: NixWork;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Undefined for work that goes on, and for work that has made its store path. */
  readonly trouble?: Exclude<WorkEnd, "ended">;
}

/** How far Nix's work is. Nothing goes on after the end of the build. */
export function workProgress(
  { endedAt, trouble }: NixWorkState,
  end: BuildState["end"],
): "running" | "done" | Exclude<WorkEnd, "ended"> {
  if (endedAt !== undefined) return trouble ?? "done";
  if (!end) return "running";
  return end.outcome.event === "image" ? "done" : "stopped";
}

/** The last lines of a log. Their number and length are limited. */
export interface LogTail {
  /** How many lines came before these. */
  readonly dropped: number;
  readonly lines: readonly string[];
}

/** A message to a browser that follows a build. The first one has the whole state, later ones have new events. */
export type BuildMessage =
  | { readonly type: "state"; readonly state: BuildState }
  | { readonly type: "events"; readonly events: readonly TimedEvent[] };

export interface TimedEvent {
  readonly at: number;
  readonly event: BuildEvent;
}

export const MAX_LOG_LINES = 500;
/** UTF-16 code units, which have at most two bytes. An isolate of 128 MB holds many builds. */
const MAX_LOG_LENGTH = 256 * 1024;
const MAX_LINE_LENGTH = 2048;
/** For a store path's name, which has at most 211 characters, and for a layer's description. */
const MAX_NAME_LENGTH = 256;
/** Nix does only a few at a time. Ended ones are removed first. */
const MAX_WORK = 500;
/** Container engines accept fewer. */
const MAX_LAYERS = 1000;
/** A build has at most seven phases. More than this limit is a defect of the origin. */
const MAX_PHASES = 100;

export function newBuildState(image: string, startedAt: number): BuildState {
  return { image, startedAt, phases: [], work: [], layers: [], log: { dropped: 0, lines: [] } };
}

/** Shortens the texts of an event, as the state does. */
export function clipEvent(event: BuildEvent): BuildEvent {
  if (event.event === "log") return { ...event, line: clip(event.line, MAX_LINE_LENGTH) };
  if (event.event === "work") return { ...event, name: clip(event.name, MAX_NAME_LENGTH) };
  if (event.event === "layer") return { ...event, description: clip(event.description, MAX_NAME_LENGTH) };
  return event;
}

/** Copies the start of a text, because a slice would keep the whole text in memory. */
function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return new TextDecoder().decode(new TextEncoder().encode(text.slice(0, maxLength)));
}

/** The state after events, oldest first. All log lines are added at once, because each addition copies the log. */
export function applyEvents(state: BuildState, events: readonly TimedEvent[]): BuildState {
  const lines: string[] = [];
  let next = state;
  for (const { at, event } of events) {
    if (event.event === "log") lines.push(clip(event.line, MAX_LINE_LENGTH));
    else next = applyEvent(next, { at, event });
  }
  return lines.length > 0 ? { ...next, log: addLines(next.log, lines) } : next;
}

/** The state after one event. */
export function applyEvent(state: BuildState, { at, event: told }: TimedEvent): BuildState {
  const event = clipEvent(told);
  if (isOutcome(event)) return { ...state, end: { at, outcome: event } };
  switch (event.event) {
    case "phase":
      return { ...state, phases: [...state.phases, { phase: event.phase, at }].slice(-MAX_PHASES) };
    case "log":
      return { ...state, log: addLines(state.log, [event.line]) };
    case "work":
      return {
        ...state,
        work: event.state === "started" ? begin(state.work, event, at) : endWork(state.work, event, at),
      };
    case "download":
      return { ...state, download: { done: event.done, total: event.total } };
    case "layer": {
      const { event: _, total: layerCount, ...layer } = event;
      return { ...state, layerCount, layers: [...state.layers, layer].slice(0, MAX_LAYERS) };
    }
    case "queued":
      // Every origin sends this first. If a second origin was asked, the build begins again.
      return { ...newBuildState(state.image, state.startedAt), log: state.log };
    case "edge":
      return { ...state, edge: event.steps };
    case "heartbeat":
      return state;
  }
}

function addLines({ dropped, lines }: LogTail, more: readonly string[]): LogTail {
  const all = [...lines, ...more];
  let first = all.length;
  for (let length = 0; first > 0 && all.length - first < MAX_LOG_LINES; first--) {
    length += all[first - 1]?.length ?? 0;
    if (length > MAX_LOG_LENGTH) break;
  }
  return { dropped: dropped + first, lines: all.slice(first) };
}

function begin(all: readonly NixWorkState[], { work, name }: WorkEvent, startedAt: number): NixWorkState[] {
  const kept = [...all, { work, name, startedAt }];
  const surplus = kept.length - MAX_WORK;
  if (surplus <= 0) return kept;
  const oldest = kept.findIndex(({ endedAt }) => endedAt !== undefined);
  return kept.toSpliced(Math.max(oldest, 0), surplus);
}

function endWork(all: readonly NixWorkState[], { work, name, state }: WorkEvent, at: number): readonly NixWorkState[] {
  const isIt = (known: NixWorkState) => known.work === work && known.name === name;
  const running = all.findIndex((known) => isIt(known) && known.endedAt === undefined);
  const index = running < 0 && isTrouble(state) ? all.findLastIndex(isIt) : running;
  const known = all[index];
  if (!known) return all;
  const ended = { ...known, endedAt: known.endedAt ?? at };
  return all.with(index, isTrouble(state) ? { ...ended, trouble: state } : ended);
}

function isTrouble(state: WorkEvent["state"]): state is Exclude<WorkEnd, "ended"> {
  return state === "failed" || state === "stopped";
}
