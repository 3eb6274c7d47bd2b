import type { BuildListener, NixWork } from "../../protocol/build-events.ts";
import { derivationName } from "./build-failure.ts";
import { type NixEvent, parseNixEvent } from "./nix-event.ts";

/** Something that Nix is at. */
export interface RunningWork {
  readonly work: NixWork;
  readonly path: string;
  readonly startedAt: number;
}

/** Follows Nix's log, to say afterwards what went wrong. */
export interface NixLog {
  read(line: string): void;
  /** The first error: it names the cause, those after it name what depends on that. */
  reason(): string | undefined;
  running(): RunningWork[];
  /** The last lines that a derivation's builder printed. */
  lastLines(derivation: string): readonly string[];
}

interface NixLogOptions {
  /** Milliseconds. */
  readonly now: () => number;
  /** Gets each line that a person may read, and each build or download that Nix begins or ends. */
  readonly onEvent: BuildListener;
}

interface Work extends RunningWork {
  readonly output: string[];
}

const MAX_LAST_LINES = 20;
/** Of an error that has several, such as both hashes of a download that has changed. */
const MAX_REASON_LINES = 8;
/** The output of builders that have ended is kept for the error that may follow, of so many. */
const MAX_ENDED = 16;
/** Nix 2.20 and newer indent the message below the trace that led to it. */
const ERROR_LINE = /^\s*error: (.+)$/;
const CONTINUATION = /^\s+\S/;

export function createNixLog({ now, onEvent }: NixLogOptions): NixLog {
  const running = new Map<number, Work>();
  const ended: Work[] = [];
  const firstError = new FirstError();

  function onLine(line: string): void {
    onEvent({ event: "log", line });
  }

  function readText(line: string): void {
    onLine(line);
    firstError.read(line);
  }

  function begin(id: number, work: NixWork, path: string): void {
    running.set(id, { work, path, startedAt: now(), output: [] });
    onEvent({ event: "work", work, name: derivationName(path), state: "started" });
  }

  function end(id: number): void {
    const work = running.get(id);
    if (!work) return;
    running.delete(id);
    ended.unshift(work);
    ended.splice(MAX_ENDED);
    onEvent({ event: "work", work: work.work, name: derivationName(work.path), state: "ended" });
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
    else {
      const { id, work, path, text } = event;
      if (text !== "") onLine(`${text}...`);
      begin(id, work, path);
    }
  }

  return {
    read(line) {
      const event = parseNixEvent(line);
      if (event) follow(event);
    },
    reason: () => firstError.text,
    running: () => [...running.values()].map(({ work, path, startedAt }) => ({ work, path, startedAt })),
    lastLines: (derivation) => [...running.values(), ...ended].find(({ path }) => path === derivation)?.output ?? [],
  };
}

/** The first error of a log, with the lines that continue it. */
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
    this.#isOpen &&= error === undefined && CONTINUATION.test(line);
    if (this.#isOpen && this.#lines && this.#lines.length < MAX_REASON_LINES) this.#lines.push(line.trim());
  }
}
