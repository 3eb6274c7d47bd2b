import type { PassThrough } from "node:stream";
import { SESSION_VALUE } from "../nix/evaluate.ts";
import { createNixLog } from "../nix/nix-log.ts";
import { nixText } from "../nix/nix-text.ts";
import { OUT_OF_MEMORY } from "../nix/prepare-errors.ts";
import type { PackageWalk } from "./package-walk.ts";
import { endedExpression, parseWalkLine, type Place } from "./walk-line.ts";

/** A Nix process keeps everything that it evaluated in memory until it ends. */
const ATTRIBUTES_A_PROCESS = 5000;
/** If an attribute takes longer, the walk treats it as one that never ends. */
const ATTRIBUTE_TIMEOUT_MS = 60_000;

/** The work that remains in a part of a package set. */
export interface Work {
  /** Attributes whose evaluation failed. Nix's own words for the failures are not known yet. */
  readonly failed: readonly Place[];
  /** Where to go on. Undefined if the walk has come to its end. */
  readonly start: Place | undefined;
}

export interface Failure {
  readonly reason: string;
  /** Whether a new process, with more free memory, may succeed. */
  readonly isExhausted: boolean;
}

/** The result of one Nix process. */
export interface Run {
  readonly left: Work;
  /** If the process crashed: the attribute that it evaluated, if it came to one, and the reason. */
  readonly crash?: Crash;
}

export interface Crash {
  readonly at: Place | undefined;
  readonly failure: Failure;
  /** Whether the process was asked for the reason of one failure, and not for a walk. */
  readonly isExplaining: boolean;
}

/** Learns of the attributes of a walk. */
export interface WalkListener {
  /** An attribute was looked at. */
  onSeen(): void;
  /** An attribute ended the evaluation. The process goes on. */
  onEnded(at: Place, failure: Failure): void;
  /** The reason of a failure, in the words of Nix, for an attribute in `failed`. */
  onReason(at: Place, reason: string): void;
}

export interface SessionPart {
  readonly walk: PackageWalk;
  readonly work: Work;
  /** The index in the whole set at which the walk ends. */
  readonly end: number;
  readonly listener: WalkListener;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

interface Wires {
  readonly mark: string;
  /** The standard input of the process. */
  readonly input: PassThrough;
  readonly hasOutcomes: boolean;
  /** Called when no line of the walk comes for too long. */
  readonly onStall: () => void;
}

/** Talks to one Nix process: it asks for walks and explanations, and reads their lines. */
export class WalkSession {
  readonly #part: SessionPart;
  readonly #wires: Wires;
  #failed: Place[];
  #start: Place | undefined;
  /** The attribute that is evaluated now. */
  #at: Place | undefined;
  #isExplaining = false;
  #more: Place | undefined;
  #isListed = false;
  #seen = 0;
  #crash: Run["crash"];
  #log = quietLog();
  #timer: NodeJS.Timeout | undefined;

  constructor(part: SessionPart, wires: Wires) {
    this.#part = part;
    this.#wires = wires;
    this.#failed = [...part.work.failed];
    this.#start = part.work.start;
  }

  begin(): void {
    this.#next();
  }

  read(text: string): void {
    const line = parseWalkLine(text, this.#wires.mark);
    if (!line) return this.#log.read(text);
    // The time starts with the first line of the walk: loading the source may take longer.
    this.#timer ??= setTimeout(this.#wires.onStall, ATTRIBUTE_TIMEOUT_MS);
    this.#timer.refresh();
    this.#part.walk.take(line);
    if (line.kind === "more") this.#more = line.place;
    if (line.kind === "listed") this.#isListed = true;
    if (line.kind === "ended") this.#endStep();
    if (line.kind === "at") this.#see(line.place);
  }

  #see(place: Place): void {
    const before = this.#at;
    this.#at = place;
    this.#seen += 1;
    if (before) this.#noteThrown(before);
    this.#part.listener.onSeen();
  }

  /** Nix tells that an attribute throws, but not why. */
  #noteThrown(place: Place): void {
    if (this.#part.walk.outcomeAt(place)?.kind === "throws") this.#failed.push(place);
  }

  #next(): void {
    const [failed] = this.#failed;
    if (failed) return this.#explain(failed);
    if (this.#start && this.#seen < ATTRIBUTES_A_PROCESS) return this.#walkFrom(this.#start);
    this.#wires.input.end();
  }

  #ask(expression: string): void {
    this.#log = quietLog();
    this.#wires.input.write(`${SESSION_VALUE}.${expression}\n${endedExpression(this.#wires.mark)}\n`);
  }

  #walkFrom(start: Place): void {
    [this.#isExplaining, this.#isListed, this.#more] = [false, false, undefined];
    const job = { start, end: this.#part.end, count: ATTRIBUTES_A_PROCESS - this.#seen };
    this.#ask(`walk ${nixText(JSON.stringify(job))}`);
  }

  #explain(place: Place): void {
    this.#isExplaining = true;
    this.#at = place;
    this.#part.walk.take({ kind: "at", place });
    this.#ask(`explain ${nixText(JSON.stringify(this.#part.walk.sets.pathTo(place)))}`);
  }

  #endStep(): void {
    if (this.#isExplaining) this.#endExplanation();
    else this.#endWalk();
  }

  #endExplanation(): void {
    const reason = this.#log.reason();
    if (reason !== undefined && OUT_OF_MEMORY.test(reason)) return this.#giveUp(failureOf(reason, reason));
    const at = this.#failed.shift();
    if (at && reason !== undefined) this.#part.listener.onReason(at, reason);
    this.#at = undefined;
    this.#next();
  }

  /** Takes the result of a walk. */
  #endWalk(): void {
    const at = this.#at;
    if (this.#isListed) {
      if (at) this.#noteThrown(at);
      this.#start = this.#more;
      this.#at = undefined;
      return this.#next();
    }
    const failure = failureOf(this.#log.reason(), "Nix gave no result");
    if (failure.isExhausted || !at) return this.#giveUp(failure);
    this.#part.listener.onEnded(at, failure);
    if (this.#wires.hasOutcomes && isUntold(this.#part.walk, at)) this.#failed.push(at);
    [this.#start, this.#at] = [behind(at), undefined];
    this.#next();
  }

  #giveUp(failure: Failure): void {
    this.#crash = { at: this.#at, failure, isExplaining: this.#isExplaining };
    this.#wires.input.end();
  }

  result(): Run {
    return { left: { failed: this.#failed, start: this.#start }, ...(this.#crash && { crash: this.#crash }) };
  }

  crashed(problem: string | Failure): Run {
    const failure = typeof problem === "string" ? failureOf(this.#log.reason(), problem) : problem;
    return { ...this.result(), crash: this.#crash ?? { at: this.#at, failure, isExplaining: this.#isExplaining } };
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

const quietLog = () => createNixLog({ now: Date.now, onEvent: () => {} });

/** If Nix printed no error, the kernel or a stack overflow killed it. */
function failureOf(reason: string | undefined, problem: string): Failure {
  return { reason: reason ?? problem, isExhausted: reason === undefined || OUT_OF_MEMORY.test(reason) };
}

function isUntold(walk: PackageWalk, place: Place): boolean {
  const outcome = walk.outcomeAt(place);
  return outcome === undefined || outcome.kind === "throws";
}

/** The place behind an attribute, in the same set. */
export function behind(place: Place): Place {
  return [...place.slice(0, -1), (place.at(-1) ?? 0) + 1];
}
