import type { BuildListener, NixWork, WorkEnd } from "../../protocol/build-events.ts";
import { derivationName } from "./build-failure.ts";
import { type NixEvent, parseNixEvent } from "./nix-event.ts";
import { sameWords } from "./nix-words.ts";

/** A build or download that Nix has begun and not ended. */
export interface RunningWork {
  readonly work: NixWork;
  readonly path: string;
  readonly startedAt: number;
}

/** Reads Nix's log, and can explain a failure afterwards. */
export interface NixLog {
  read(line: string): void;
  /** Does the same with an event that is parsed already. */
  follow(event: NixEvent): void;
  /**
   * The first error, in the same words for every version of Nix. It names the cause. Later errors name derivations that
   * depend on the failed one.
   */
  reason(): string | undefined;
  running(): RunningWork[];
  /** The last lines that a derivation's builder printed. */
  lastLines(derivation: string): readonly string[];
}

interface NixLogOptions {
  /** Milliseconds. */
  readonly now: () => number;
  /** Gets each line that is meant for people, and the start and end of each build and download. */
  readonly onEvent: BuildListener;
}

interface Work extends RunningWork {
  readonly output: string[];
}

const MAX_LAST_LINES = 20;
/** An error can have several lines: if a download has changed, Nix prints both hashes. */
const MAX_REASON_LINES = 8;
/** The log keeps the output of this many ended builders, because an error about them may come later. */
const MAX_ENDED = 16;
/** Since 2.20, Nix prints the trace first and indents the message below it. bubblewrap prints its own errors. */
const ERROR_LINE = /^\s*(?:error|bwrap): (.+)$/;
const CONTINUATION = /^\s+\S/;

export function createNixLog({ now, onEvent }: NixLogOptions): NixLog {
  const running = new Map<number, Work>();
  const ended: Work[] = [];
  /** The work that ended since Nix's last other line. If a build fails, Nix stops all work at once. */
  let endedTogether: Work[] = [];
  let failed: Work | undefined;
  const firstError = new FirstError();

  function onLine(line: string): void {
    onEvent({ event: "log", line });
  }

  function readText(line: string): void {
    onLine(line);
    firstError.read(line);
    if (ERROR_LINE.test(line)) failed ??= findFailed(line);
  }

  /**
   * The work that an error names. Nix prints the error of a derivation that others need before the end of its work. It
   * prints the error of other derivations at the very end.
   */
  function findFailed(error: string): Work | undefined {
    const isNamed = ({ path }: Work) => error.includes(`'${path}'`);
    const early = [...running.values()].find(isNamed);
    if (early) return early;
    const late = ended.find(isNamed);
    if (late) tell(late, "failed");
    if (late && endedTogether.includes(late))
      for (const other of endedTogether) if (other !== late) tell(other, "stopped");
    return late;
  }

  function begin(id: number, work: NixWork, path: string): void {
    const begun = { work, path, startedAt: now(), output: [] };
    running.set(id, begun);
    tell(begun, "started");
  }

  function tell({ work, path }: Work, state: "started" | WorkEnd): void {
    onEvent({ event: "work", work, name: derivationName(path), state });
  }

  function end(id: number): void {
    const work = running.get(id);
    if (!work) return;
    running.delete(id);
    ended.unshift(work);
    ended.splice(MAX_ENDED);
    endedTogether.push(work);
    tell(work, failed ? (failed === work ? "failed" : "stopped") : "ended");
  }

  function keepOutput(id: number, line: string): void {
    onLine(line);
    const output = running.get(id)?.output;
    output?.push(line);
    output?.splice(0, output.length - MAX_LAST_LINES);
  }

  function follow(event: NixEvent): void {
    if (event.kind === "text") event.lines.forEach(readText);
    else if (event.kind === "output") keepOutput(event.id, event.line);
    else if (event.kind === "stop") end(event.id);
    else if (event.kind === "start") {
      const { id, work, path, text } = event;
      if (text !== "") onLine(`${text}...`);
      begin(id, work, path);
    }
  }

  const log: NixLog = {
    read(line) {
      const event = parseNixEvent(line);
      if (event) log.follow(event);
      else endedTogether = [];
    },
    follow(event) {
      follow(event);
      if (event.kind !== "stop") endedTogether = [];
    },
    reason: () => (firstError.text === undefined ? undefined : sameWords(firstError.text)),
    running: () => [...running.values()].map(({ work, path, startedAt }) => ({ work, path, startedAt })),
    lastLines: (derivation) => [...running.values(), ...ended].find(({ path }) => path === derivation)?.output ?? [],
  };
  return log;
}

/** The first error of a log, with its continuation lines. */
class FirstError {
  #lines: string[] | undefined;
  #isOpen = false;

  get text(): string | undefined {
    return this.#lines?.join("\n");
  }

  read(line: string): void {
    const error = ERROR_LINE.exec(line)?.[1];
    if (error !== undefined && !this.#lines) {
      this.#lines = [error];
      this.#isOpen = true;
      return;
    }
    // The message of another program stands indented below Nix's own.
    this.#isOpen &&= CONTINUATION.test(line);
    if (this.#isOpen && this.#lines && this.#lines.length < MAX_REASON_LINES) this.#lines.push(line.trim());
  }
}
