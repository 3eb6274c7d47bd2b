import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import type { IndexedPackage } from "../../protocol/package-index.ts";
import type { IndexLimits } from "./index-limits.ts";
import type { EvaluationSettings } from "../nix/settings.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { CommandError, runCommand } from "../system/command.ts";
import { evaluationSession, SESSION_VALUE } from "../nix/evaluate.ts";
import type { Expression } from "../nix/expressions.ts";
import { createNixLog } from "../nix/nix-log.ts";
import { nixText } from "../nix/nix-text.ts";
import { OUT_OF_MEMORY } from "../nix/prepare-errors.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";
import { IndexError } from "./index-error.ts";
import { createPackageWalk, type PackageWalk } from "./package-walk.ts";
import { endedExpression, parseWalkLine, type Place } from "./walk-line.ts";

export interface ListOptions {
  readonly source: ResolvedSource;
  /** Nix's name for the platform. */
  readonly system: string;
  readonly nix: EvaluationSettings;
  readonly limits: IndexLimits;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  readonly onProgress: (seen: number, total: number) => void;
  /** Called for each attribute that ended an evaluation, with the reason. */
  readonly onFailure: (attribute: string, reason: string) => void;
}

const LIST_PACKAGES: Expression = {
  file: "list-packages.nix",
  variables: ["mark"],
  imports: {},
};
/** A Nix process keeps everything that it evaluated in memory until it ends. */
const ATTRIBUTES_A_PROCESS = 5000;
/** If an attribute takes longer, the walk treats it as one that never ends. */
const ATTRIBUTE_TIMEOUT_MS = 60_000;
/** One line holds all names of a set. The longest line of nixpkgs has half a megabyte. */
const MAX_LINE_BYTES = 16_777_216;

/**
 * Lists the packages of a source that an image name can name. Nix evaluates as for builds, but builds nothing. An
 * attribute that cannot be evaluated is left out. Throws `IndexError` if Nix cannot evaluate the set as a whole, or not
 * in time.
 */
export async function listPackages(options: ListOptions): Promise<IndexedPackage[]> {
  const walk = createPackageWalk();
  const { timeoutS } = options.limits;
  const deadline = AbortSignal.timeout(timeoutS * 1000);
  const retried = new Set<string>();
  let start: Place | undefined = [];
  while (start) {
    const run = await runOnce(options, start, walk, deadline);
    if (deadline.aborted)
      throw new IndexError(`listing the packages took longer than ${timeoutS} s; raise CORNICE_INDEX_TIMEOUT`);
    options.signal.throwIfAborted();
    if (run.failure === undefined) {
      start = run.more;
      continue;
    }
    if (!run.at) throw new IndexError(`the package set cannot be evaluated: ${run.failure.reason}`);
    const isFirstTry = run.failure.isExhausted && !retried.has(String(run.at));
    if (isFirstTry) retried.add(String(run.at));
    else leaveOut(options, walk, run.at, run.failure.reason);
    start = isFirstTry ? run.at : behind(run.at);
  }
  return walk.packages();
}

/** If only the description fails, the package stays listed without a description. */
function leaveOut({ onFailure }: ListOptions, walk: PackageWalk, at: Place, reason: string): void {
  if (!walk.isListed(at)) onFailure(walk.attributeAt(at), reason);
}

interface Run {
  /** The attribute that Nix evaluated last. */
  readonly at: Place | undefined;
  /** The start of the next run. Undefined after the last run. */
  readonly more: Place | undefined;
  readonly failure?: Failure | undefined;
}

interface Failure {
  readonly reason: string;
  /** Whether a new process, with more free memory, may succeed. */
  readonly isExhausted: boolean;
}

/**
 * Runs one Nix process. It reads one line after another, and goes on after a line that cannot be evaluated. It ends at
 * the end of the set, after `ATTRIBUTES_A_PROCESS` attributes, or if it crashes.
 */
async function runOnce(options: ListOptions, start: Place, walk: PackageWalk, deadline: AbortSignal): Promise<Run> {
  const mark = `${randomUUID()} `;
  const stall = new AbortController();
  const input = new PassThrough();
  const session = createSession(options, { walk, mark, input, onStall: () => stall.abort() });
  const signal = AbortSignal.any([options.signal, deadline, stall.signal]);
  const onStderr = (line: string) => session.read(line);
  try {
    await options.isolation.withScratch(async (links) => {
      const { file, opening, ...command } = await listCommand(options, { mark, signal, links, onLog: onStderr });
      input.write(opening);
      session.walkFrom(start);
      await runCommand(file, { ...command, input, signal, onStdout: () => {}, onStderr, maxLineBytes: MAX_LINE_BYTES });
    });
    return session.end();
  } catch (error) {
    if (stall.signal.aborted) return { ...session.end(), failure: { reason: "it takes too long", isExhausted: false } };
    if (error instanceof CommandError || deadline.aborted) return session.end(String(error));
    throw error;
  } finally {
    session.close();
  }
}

interface SessionOptions {
  readonly walk: PackageWalk;
  readonly mark: string;
  /** The standard input of the process. */
  readonly input: PassThrough;
  /** Called when no line of the walk comes for too long. */
  readonly onStall: () => void;
}

/** Talks to one Nix process: it asks for walks, and reads their lines. */
function createSession(options: ListOptions, { walk, mark, input, onStall }: SessionOptions) {
  let log = quietLog();
  let timer: NodeJS.Timeout | undefined;
  let at: Place | undefined;
  let more: Place | undefined;
  let failure: Failure | undefined;
  let isListed = false;
  let seen = 0;

  function walkFrom(start: Place): void {
    const count = ATTRIBUTES_A_PROCESS - seen;
    input.write(`${SESSION_VALUE} ${nixText(JSON.stringify(start))} ${count}\n${endedExpression(mark)}\n`);
  }

  /** Takes the result of a walk, and asks for the next one if this process may go on. */
  function endWalk(): void {
    if (isListed) return void input.end();
    failure = failureOf(log.reason(), "Nix gave no result");
    if (failure.isExhausted || !at) return void input.end();
    leaveOut(options, walk, at, failure.reason);
    [failure, log] = [undefined, quietLog()];
    if (seen < ATTRIBUTES_A_PROCESS) return walkFrom(behind(at));
    more = behind(at);
    input.end();
  }

  return {
    walkFrom,
    read(text: string): void {
      const line = parseWalkLine(text, mark);
      if (!line) return log.read(text);
      // The time starts with the first line of the walk: loading the source may take longer.
      timer ??= setTimeout(onStall, ATTRIBUTE_TIMEOUT_MS);
      timer.refresh();
      walk.take(line);
      if (line.kind === "more") more = line.place;
      if (line.kind === "listed") isListed = true;
      if (line.kind === "ended") endWalk();
      if (line.kind !== "at") return;
      at = line.place;
      seen += 1;
      options.onProgress(walk.seen, walk.total);
    },
    /** `problem` says how the process failed. Undefined if it did not. */
    end(problem?: string): Run {
      return { at, more, failure: problem === undefined ? failure : failureOf(log.reason(), problem) };
    },
    close: () => clearTimeout(timer),
  };
}

const quietLog = () => createNixLog({ now: Date.now, onEvent: () => {} });

/** If Nix printed no error, the kernel or a stack overflow killed it. */
function failureOf(reason: string | undefined, problem: string): Failure {
  return { reason: reason ?? problem, isExhausted: reason === undefined || OUT_OF_MEMORY.test(reason) };
}

interface WalkOptions {
  readonly mark: string;
  readonly signal: AbortSignal;
  /** A folder for links. */
  readonly links: string;
  readonly onLog: (line: string) => void;
}

function listCommand({ source, system, nix, isolation, limits }: ListOptions, walk: WalkOptions) {
  const { mark, signal, links, onLog } = walk;
  return evaluationSession({
    source,
    system,
    nix,
    isolation,
    signal,
    expression: LIST_PACKAGES,
    texts: { mark },
    links,
    sight: { memoryMib: limits.memoryMib, isLowPriority: true },
    onLog,
  });
}

function behind(place: Place): Place {
  return [...place.slice(0, -1), (place.at(-1) ?? 0) + 1];
}
