import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import type { BuildListener } from "../../protocol/build-events.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { requestedName } from "../../protocol/image-request.ts";
import type { EvaluationSettings, NixSettings } from "./settings.ts";
import type { PackageRoot } from "../../image/closure/image-closure.ts";
import type { FoundImage } from "../../image/names/found-package.ts";
import type { ResolvedSource } from "./resolved-source.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { CommandError } from "../system/command.ts";
import { evaluateRooted, evaluateWithExtra } from "./evaluate.ts";
import { guardEvaluation } from "./evaluation-builds.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { shownAddress } from "../caches/shown-address.ts";
import { createDownloadProgress } from "./download-progress.ts";
import type { Expression } from "./expressions.ts";
import { createNixLog, type RunningWork } from "./nix-log.ts";
import { throwIfProblems } from "./package-problems.ts";
import { buildError, evaluationKind, timeoutError } from "./prepare-errors.ts";
import { type Evaluation, parseEvaluation } from "./prepare-image-output.ts";
import { type CacheOptions, realise } from "./realise.ts";
import { createTimeLimit, type TimeLimit } from "./time-limit.ts";
import { machineRedaction } from "./machine-redaction.ts";
import { nixSystem } from "../../image/names/nix-system.ts";
import type { StoredPath } from "./stored-path.ts";
import { againIfVanished } from "./vanished.ts";

export interface PrepareOptions {
  readonly packages: readonly string[];
  /** An image that the package set defines. If it is set, `packages` is ignored. */
  readonly image?: string | undefined;
  readonly architecture: Architecture;
  readonly source: ResolvedSource;
  readonly nix: EvaluationSettings & Pick<NixSettings, "timeoutS"> & Partial<Pick<NixSettings, "mayBuild">>;
  readonly isolation: Isolation;
  /** The path of a link. Nix makes the link. While it exists, Nix's garbage collector keeps the closure. */
  readonly gcRoot: string;
  /** Aborts the work when the origin stops. */
  readonly signal: AbortSignal;
  /** Gets the phases, Nix's builds and downloads, and Nix's log without this machine's paths. */
  readonly onEvent: BuildListener;
  readonly cacheListener?: CacheListener | undefined;
  /** Gets the result of the evaluation, unless names are wrong. */
  readonly onEvaluated?: ((evaluation: Evaluation) => void) | undefined;
  /** Returns the store paths of packages that Nix need not realise. They are not in the closure of the result. */
  readonly elsewhere?: ((packages: readonly PackageRoot[]) => Promise<ReadonlySet<string>>) | undefined;
}

/** A closure in this machine's store. */
export interface RealisedImage extends FoundImage {
  readonly closure: readonly StoredPath[];
}

/** Learns how binary caches do. */
export interface CacheListener {
  /** Gets each fault, also if another cache makes up for it. */
  onFault(fault: CacheFault): void;
  /** Gets the address of a cache from which Nix begins to download. */
  onUse(address: string): void;
}

export const PREPARE_IMAGE: Expression = {
  file: "prepare-image.nix",
  variables: ["packages", "image", "metadata"],
  imports: {
    packageOutputs: "package-outputs.nix",
    packageMetadata: "package-metadata.nix",
    checkImage: "image-options.nix",
    rooted: "rooted.nix",
  },
};

/**
 * Finds the packages, builds or downloads them, and lists their closure.
 * Throws `MANIFEST_UNKNOWN` for unknown names (`NameError`) and other packages that the set refuses (`EvaluationRefusal`), for
 * a failed build, and after the time limit; `NixTooOld` if the source needs a newer Nix; `CacheOutage` if a binary cache
 * fails.
 */
export async function prepareImage(options: PrepareOptions): Promise<RealisedImage> {
  const { architecture, source, onEvent } = options;
  const { timeoutS } = options.nix;
  let running: readonly RunningWork[] = [];
  let evaluation: ReturnType<typeof evaluationKind> | undefined;
  const { isolation, gcRoot } = options;
  const redact = await machineRedaction({ source, isolation, spool: dirname(gcRoot) });
  const tell: BuildListener = (event) =>
    onEvent(event.event === "log" ? { ...event, line: redact(event.line) } : event);
  const openLog = () => createNixLog({ now: Date.now, onEvent: tell });
  let log = openLog();
  const subject = {
    name: requestedName(options),
    system: nixSystem(architecture),
    isFlake: source.kind === "flake",
    nixVersion: await isolation.nixVersion(),
    redact,
  };
  const limit = createTimeLimit(timeoutS * 1000);
  const timeout = limit.signal;
  // Nix ends all builds when we stop it. So the list of running work is taken before that.
  timeout.addEventListener("abort", () => (running = log.running()));
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    const caches = cacheOptions(options, tell, limit);
    const onEvaluated = (found: Evaluation) => {
      evaluation = undefined;
      options.onEvaluated?.(found);
    };
    const attempt = () => {
      log = openLog();
      evaluation = evaluationKind(options.nix, source);
      return evaluateAndRealise({ ...options, onEvaluated }, { signal, onLog: (line) => log.read(line), caches });
    };
    return await againIfVanished(attempt, ({ message }) => log.reason() ?? message);
  } catch (error) {
    // The first abort counts. A stopped command needs time to end, and the time limit may pass meanwhile.
    if (timeout.aborted && signal.reason === timeout.reason)
      throw timeoutError(subject, { timeoutS, running, at: Date.now() });
    if (error instanceof CommandError) throw buildError(subject, log, error, evaluation);
    throw error;
  } finally {
    limit.end();
  }
}

/** Downloads have a log of their own: a cache that failed is not the reason if a build fails later. */
function cacheOptions({ nix, cacheListener }: PrepareOptions, tell: BuildListener, limit: TimeLimit): CacheOptions {
  const log = createNixLog({ now: Date.now, onEvent: tell });
  const progress = createDownloadProgress({ now: Date.now, onEvent: tell });
  return {
    mayBuild: nix.mayBuild ?? true,
    onDownload(event) {
      if (event.kind === "start" && event.from !== undefined) cacheListener?.onUse(shownAddress(event.from));
      log.follow(event);
      progress.follow(event);
    },
    onNote: (line) => tell({ event: "log", line }),
    onFault: (fault) => cacheListener?.onFault(fault),
    untimed: (work) => limit.without(work),
  };
}

interface Run {
  readonly signal: AbortSignal;
  readonly onLog: (line: string) => void;
  readonly caches: CacheOptions;
}

async function evaluateAndRealise(options: PrepareOptions, { signal, onLog, caches }: Run): Promise<RealisedImage> {
  const { isolation, gcRoot, onEvent } = options;
  // The links keep the derivations until `gcRoot` keeps their outputs.
  return isolation.withScratch(async (links) => {
    onEvent({ event: "phase", phase: "evaluate" });
    const evaluation = await guarded(options, { signal, onLog, caches }, (run) => evaluate(options, links, run));
    throwIfProblems(evaluation, options.architecture, options.image);
    onEvent({ event: "phase", phase: "realise" });
    options.onEvaluated?.(evaluation);
    const elsewhere = await options.elsewhere?.(evaluation.found);
    const wanted = evaluation.installables.filter(({ expected }) => !expected || !elsewhere?.has(expected));
    const closure = wanted.length === 0 ? [] : await realise(wanted, { isolation, signal, gcRoot, onLog, caches });
    return { packages: evaluation.found, closure, ...(evaluation.options && { options: evaluation.options }) };
  });
}

type EvaluationRun = Omit<Run, "caches">;

function guarded<T>(
  { isolation, nix }: PrepareOptions,
  run: Run,
  work: (run: EvaluationRun) => Promise<T>,
): Promise<T> {
  const { mayBuild, onFault } = run.caches;
  return nix.allowIfd === true ? guardEvaluation({ ...run, isolation, mayBuild, onFault }, work) : work(run);
}

async function evaluate(options: PrepareOptions, links: string, run: EvaluationRun): Promise<Evaluation> {
  const { signal, onLog } = run;
  const { source, nix, isolation, packages, image, architecture } = options;
  const names = { packages: JSON.stringify(image === undefined ? packages : []), image: image ?? "" };
  const system = nixSystem(architecture);
  const asking = { source, system, nix, isolation, signal, expression: PREPARE_IMAGE, links, onLog };
  const metadata = randomUUID();
  const answers = await evaluateWithExtra({ ...asking, texts: { ...names, metadata } }, metadata);
  if (answers) return parseEvaluation(answers.answer, answers.extra);
  return parseEvaluation(await evaluateRooted({ ...asking, texts: { ...names, metadata: "" } }));
}
