import pLimit from "p-limit";
import { machineRedaction } from "../nix/machine-redaction.ts";
import { evaluationKind, lastingExplanation } from "../nix/prepare-errors.ts";
import { IndexError } from "./index-error.ts";
import type { IndexLimits } from "./index-limits.ts";
import { joinParts, type ListedPart, partOf } from "./listed-part.ts";
import type { KeptParts } from "./kept-parts.ts";
import { namedSet, type NamedSet } from "./entered-sets.ts";
import { createPackageWalk, type PackageWalk } from "./package-walk.ts";
import type { WalkOptions } from "./walk-options.ts";
import { type Explain, type PartOptions, walkPart } from "./walk-part.ts";

export interface ListOptions extends Omit<WalkOptions, "memoryMib"> {
  readonly limits: IndexLimits;
  readonly signal: AbortSignal;
  readonly onProgress: (seen: number, total: number) => void;
  /** Called for each attribute that ended an evaluation, with the reason. */
  readonly onFailure: (attribute: string, reason: string) => void;
  /** Keeps the parts that are done. So a later call goes on after a call that was stopped. */
  readonly kept?: KeptParts | undefined;
}

/** Attributes of the whole set in one part. An interrupted run loses at most one part for each process. */
const ATTRIBUTES_A_PART = 1000;

/**
 * Lists the packages of a source that an image name can name. Nix evaluates as for builds, but builds nothing. An
 * attribute that cannot be evaluated is left out. Throws `IndexError` if Nix cannot evaluate the set as a whole, or not
 * in time.
 */
export async function listPackages(options: ListOptions): Promise<ListedPart> {
  const { timeoutS } = options.limits;
  const deadline = AbortSignal.timeout(timeoutS * 1000);
  const signal = AbortSignal.any([options.signal, deadline]);
  return listInTime({ ...options, signal }).catch((error: unknown) => {
    options.signal.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw new IndexError(`listing the packages took longer than ${timeoutS} s; raise CORNICE_INDEX_TIMEOUT`);
  });
}

async function listInTime(options: ListOptions): Promise<ListedPart> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const explain = await explanation(options);
  const walks: PackageWalk[] = [];
  const { memoryMib, processes } = options.limits;
  const onSeen = () => options.onProgress(seenBy(walks), totalOf(walks));
  const walked = { ...options, memoryMib: Math.floor(memoryMib / processes), signal, explain, onSeen };
  try {
    const first = await listPart(walked, walks, { from: 0 });
    const topLevel = namedSet(first.topLevel);
    const count = Math.ceil(first.topLevel.length / ATTRIBUTES_A_PART);
    const starts = Array.from({ length: count }, (_, index) => index * ATTRIBUTES_A_PART).slice(1);
    const rest = await pLimit(processes).map(starts, (from) => listPart(walked, walks, { from, topLevel }));
    return joinParts([first, ...rest]);
  } finally {
    // If one part fails, the others end.
    stop.abort();
  }
}

interface PlannedPart {
  /** The index of its first attribute in the whole set. */
  readonly from: number;
  /** The whole set. Undefined for the first part, which learns it. */
  readonly topLevel?: NamedSet;
}

async function listPart(options: PartOptions & Pick<ListOptions, "kept">, walks: PackageWalk[], planned: PlannedPart) {
  const { from, topLevel } = planned;
  const known = await options.kept?.read(from);
  if (known) return known;
  const to = from + ATTRIBUTES_A_PART;
  const walk = createPackageWalk({ from, to }, topLevel);
  walks.push(walk);
  await walkPart(options, { walk, start: from === 0 ? [] : [from], end: to });
  const part = partOf(walk);
  await options.kept?.write(from, part);
  return part;
}

async function explanation({ source, system, nix, isolation }: ListOptions): Promise<Explain> {
  const isFlake = source.kind === "flake";
  const redact = await machineRedaction({ source, isolation });
  const subject = { system, isFlake, nixVersion: await isolation.nixVersion(), redact, ...evaluationKind(nix, source) };
  return (reason) => lastingExplanation(reason, subject);
}

function seenBy(walks: readonly PackageWalk[]): number {
  return walks.reduce((sum, { seen }) => sum + seen, 0);
}

function totalOf(walks: readonly PackageWalk[]): number {
  const topLevel = Math.max(...walks.map(({ sets }) => sets.attributesOf([]).length));
  return topLevel + walks.reduce((sum, { sets }) => sum + sets.inner, 0);
}
