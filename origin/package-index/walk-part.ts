import { IndexError } from "./index-error.ts";
import { outcomeOfFailure } from "./outcomes.ts";
import type { PackageWalk } from "./package-walk.ts";
import type { Place } from "./walk-line.ts";
import type { WalkOptions } from "./walk-options.ts";
import { runWalk } from "./run-walk.ts";
import { behind, type Crash, type Failure, type Run, type Work } from "./walk-session.ts";

/** The words in which a pull tells a failed evaluation. Undefined if a later evaluation may not fail. */
export type Explain = (reason: string) => string | undefined;

export interface PartOptions extends WalkOptions {
  /** Ends the processes. */
  readonly signal: AbortSignal;
  readonly explain: Explain;
  readonly onSeen: () => void;
  /** Called for each attribute that ended an evaluation, with the reason. */
  readonly onFailure: (attribute: string, reason: string) => void;
}

interface Part {
  readonly walk: PackageWalk;
  readonly start: Place;
  /** The index in the whole set at which the part ends. */
  readonly end: number;
}

/**
 * Walks a part of a package set, with one Nix process after another. An attribute that ends a process twice is left
 * out. Throws `IndexError` if Nix cannot evaluate the set as a whole.
 */
export async function walkPart(options: PartOptions, { walk, start, end }: Part): Promise<void> {
  const retried = new Set<string>();
  const listener = {
    onSeen: options.onSeen,
    onEnded: (at: Place, failure: Failure) => leaveOut(options, walk, at, failure.reason),
    onReason: (at: Place, reason: string) => walk.settle(at, outcomeOfFailure(options.explain(reason))),
  };
  let work: Work = { failed: [], start };
  while (work.start || work.failed.length > 0) {
    const run = await runWalk(options, { walk, work, end, listener, signal: options.signal });
    options.signal.throwIfAborted();
    work = run.crash ? afterCrash(options, { walk, run, crash: run.crash, retried }) : run.left;
  }
}

interface CrashedRun {
  readonly walk: PackageWalk;
  readonly run: Run;
  readonly crash: Crash;
  /** Places that have ended a process before. */
  readonly retried: Set<string>;
}

function afterCrash(options: PartOptions, { walk, run, crash, retried }: CrashedRun): Work {
  const { at, failure, isExplaining } = crash;
  if (!at) throw new IndexError(`the package set cannot be evaluated: ${failure.reason}`);
  const isFirstTry = failure.isExhausted && !retried.has(String(at));
  retried.add(String(at));
  const { failed, start } = run.left;
  if (isExplaining) return { start, failed: isFirstTry ? failed : failed.slice(1) };
  if (!isFirstTry) leaveOut(options, walk, at, failure.reason);
  return { failed, start: isFirstTry ? at : behind(at) };
}

/** If only the description fails, the package stays listed without a description. */
function leaveOut({ onFailure }: PartOptions, walk: PackageWalk, at: Place, reason: string): void {
  if (!walk.isListed(at)) onFailure(walk.attributeAt(at), reason);
}
