import {
  type BuildEvent,
  type BuildOutcome,
  type BuildPhase,
  isOutcome,
  type LayerProgress,
  type NixWork,
} from "./build-events.ts";

/** What is known of a build, as data: it crosses from the Worker to the page. Times are in milliseconds since the epoch. */
export interface BuildState {
  /** `name:tag`, as in a pull. */
  readonly image: string;
  readonly startedAt: number;
  readonly phases: readonly { readonly phase: BuildPhase; readonly at: number }[];
  /** What Nix built or downloaded, in the order in which it began; the last of it. */
  readonly work: readonly NixWorkState[];
  /** Those that are ready, in the order in which they were. */
  readonly layers: readonly LayerProgress[];
  /** How many layers there will be; undefined while that is not known. */
  readonly layerCount?: number;
  readonly log: LogTail;
  /** Undefined while it goes on. */
  readonly end?: { readonly at: number; readonly outcome: BuildOutcome };
}

export interface NixWorkState {
  readonly work: NixWork;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** The last lines of a log, however long it and they are. */
export interface LogTail {
  /** How many lines came before these. */
  readonly dropped: number;
  readonly lines: readonly string[];
}

/** What a browser that follows a build is sent: first all that is known, then what is new. */
export type BuildMessage =
  | { readonly type: "state"; readonly state: BuildState }
  | { readonly type: "events"; readonly events: readonly TimedEvent[] };

export interface TimedEvent {
  readonly at: number;
  readonly event: BuildEvent;
}

export const MAX_LOG_LINES = 500;
/** UTF-16 code units, of two bytes at most: an isolate of 128 MB holds many builds. */
const MAX_LOG_LENGTH = 256 * 1024;
const MAX_LINE_LENGTH = 2048;
/** Nix builds a handful at a time; those that have ended are the first to go. */
const MAX_WORK = 500;

export function newBuildState(image: string, startedAt: number): BuildState {
  return { image, startedAt, phases: [], work: [], layers: [], log: { dropped: 0, lines: [] } };
}

/** The state after an event that happened at a time. */
export function applyEvent(state: BuildState, { at, event }: TimedEvent): BuildState {
  if (isOutcome(event)) return { ...state, end: { at, outcome: event } };
  switch (event.event) {
    case "phase":
      return { ...state, phases: [...state.phases, { phase: event.phase, at }] };
    case "log":
      return { ...state, log: addLine(state.log, event.line) };
    case "work":
      return { ...state, work: event.state === "started" ? begin(state.work, event, at) : end(state.work, event, at) };
    case "layer": {
      const { event: _, total: layerCount, ...layer } = event;
      return { ...state, layerCount, layers: [...state.layers, layer] };
    }
    case "queued":
    case "heartbeat":
      return state;
  }
}

function addLine({ dropped, lines }: LogTail, line: string): LogTail {
  const kept = [...lines, line.slice(0, MAX_LINE_LENGTH)];
  let length = kept.reduce((sum, { length: own }) => sum + own, 0);
  let first = 0;
  for (; kept.length - first > MAX_LOG_LINES || length > MAX_LOG_LENGTH; first++) length -= kept[first]?.length ?? 0;
  return { dropped: dropped + first, lines: kept.slice(first) };
}

type Work = Pick<NixWorkState, "work" | "name">;

function begin(all: readonly NixWorkState[], { work, name }: Work, startedAt: number): NixWorkState[] {
  const kept = [...all, { work, name, startedAt }];
  const surplus = kept.length - MAX_WORK;
  if (surplus <= 0) return kept;
  const oldest = kept.findIndex(({ endedAt }) => endedAt !== undefined);
  return kept.toSpliced(Math.max(oldest, 0), surplus);
}

function end(all: readonly NixWorkState[], { work, name }: Work, endedAt: number): readonly NixWorkState[] {
  const index = all.findIndex((known) => known.work === work && known.name === name && known.endedAt === undefined);
  const known = all[index];
  return known ? all.with(index, { ...known, endedAt }) : all;
}
