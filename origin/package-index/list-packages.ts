import { randomUUID } from "node:crypto";
import type { IndexedPackage } from "../../protocol/package-index.ts";
import type { IndexLimits } from "./index-limits.ts";
import type { EvaluationSettings } from "../nix/settings.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { CommandError, runCommand } from "../system/command.ts";
import { evaluationCommand } from "../nix/evaluate.ts";
import type { Expression } from "../nix/expressions.ts";
import { createNixLog } from "../nix/nix-log.ts";
import { OUT_OF_MEMORY } from "../nix/prepare-errors.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";
import { IndexError } from "./index-error.ts";
import { createPackageWalk, type PackageWalk } from "./package-walk.ts";
import { parseWalkLine, type Place } from "./walk-line.ts";

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
  variables: ["start", "count", "mark"],
  imports: {},
};
/** A Nix process keeps everything that it evaluated in memory until it ends. */
const ATTRIBUTES_A_RUN = 5000;
/** If an attribute takes longer, the walk treats it as one that never ends. */
const ATTRIBUTE_TIMEOUT_MS = 60_000;
/** One line holds all names of a set. The longest line of nixpkgs has half a megabyte. */
const MAX_LINE_BYTES = 16_777_216;

/**
 * Lists the packages of a source that an image name can name. Nix evaluates as for builds, but builds nothing. If an
 * attribute ends Nix, it is left out, and a new Nix process goes on after it. Throws `IndexError` if Nix cannot
 * evaluate the set as a whole, or not in time.
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
    // If only the description fails, the package stays listed without a description.
    else if (!walk.isListed(run.at)) options.onFailure(walk.attributeAt(run.at), run.failure.reason);
    start = isFirstTry ? run.at : behind(run.at);
  }
  return walk.packages();
}

interface Run {
  /** The attribute that Nix evaluated last. */
  readonly at: Place | undefined;
  /** The start of the next run. Undefined after the last run. */
  readonly more: Place | undefined;
  readonly failure?: { readonly reason: string; readonly isExhausted: boolean } | undefined;
}

/** Runs Nix once. It ends at the end of the set, after `ATTRIBUTES_A_RUN` attributes, or at one that fails. */
async function runOnce(options: ListOptions, start: Place, walk: PackageWalk, deadline: AbortSignal): Promise<Run> {
  const mark = `${randomUUID()} `;
  const stall = new AbortController();
  const reader = createReader(options, walk, mark, () => stall.abort());
  const signal = AbortSignal.any([options.signal, deadline, stall.signal]);
  const onStderr = (line: string) => reader.read(line);
  try {
    const { file, ...command } = await listCommand(options, { start, mark, signal, onLog: onStderr });
    await runCommand(file, { ...command, signal, onStdout: () => {}, onStderr, maxLineBytes: MAX_LINE_BYTES });
    return reader.end();
  } catch (error) {
    if (stall.signal.aborted) return { ...reader.end(), failure: { reason: "it takes too long", isExhausted: false } };
    if (error instanceof CommandError || deadline.aborted) return reader.end(String(error));
    throw error;
  } finally {
    reader.close();
  }
}

/** Reads the lines of one Nix process. Calls `onStall` when no line of the walk comes for too long. */
function createReader({ onProgress }: ListOptions, walk: PackageWalk, mark: string, onStall: () => void) {
  const log = createNixLog({ now: Date.now, onEvent: () => {} });
  let timer: NodeJS.Timeout | undefined;
  let at: Place | undefined;
  let more: Place | undefined;
  return {
    read(text: string): void {
      const line = parseWalkLine(text, mark);
      if (!line) return log.read(text);
      // The time starts with the first line of the walk: loading the source may take longer.
      timer ??= setTimeout(onStall, ATTRIBUTE_TIMEOUT_MS);
      timer.refresh();
      walk.take(line);
      if (line.kind === "more") more = line.place;
      if (line.kind !== "at") return;
      at = line.place;
      onProgress(walk.seen, walk.total);
    },
    /** `problem` says how the process failed. Undefined if it did not. */
    end(problem?: string): Run {
      const reason = log.reason();
      // If Nix printed no error, the kernel or a stack overflow killed it.
      // A new process has more free memory, and may succeed.
      const isExhausted = reason === undefined || OUT_OF_MEMORY.test(reason);
      return { at, more, failure: problem === undefined ? undefined : { reason: reason ?? problem, isExhausted } };
    },
    close: () => clearTimeout(timer),
  };
}

interface WalkOptions {
  readonly start: Place;
  readonly mark: string;
  readonly signal: AbortSignal;
  readonly onLog: (line: string) => void;
}

function listCommand({ source, system, nix, isolation, limits }: ListOptions, walk: WalkOptions) {
  const { start, mark, signal, onLog } = walk;
  return evaluationCommand({
    source,
    system,
    nix,
    isolation,
    signal,
    expression: LIST_PACKAGES,
    texts: { start: JSON.stringify(start), count: String(ATTRIBUTES_A_RUN), mark },
    flags: [],
    sight: { memoryMib: limits.memoryMib, isLowPriority: true },
    onLog,
  });
}

function behind(place: Place): Place {
  return [...place.slice(0, -1), (place.at(-1) ?? 0) + 1];
}
