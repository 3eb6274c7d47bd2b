import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BuildListener } from "../../protocol/build-events.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { requestedName } from "../../protocol/image-request.ts";
import type { EvaluationSettings, NixSettings } from "./settings.ts";
import type { ImageClosure } from "../../image/closure/image-closure.ts";
import type { ResolvedSource } from "./resolved-source.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { CommandError } from "../system/command.ts";
import { evaluateRooted } from "./evaluate.ts";
import type { Expression } from "./expressions.ts";
import { createNixLog, type RunningWork } from "./nix-log.ts";
import { throwIfProblems } from "./package-problems.ts";
import { buildError, timeoutError } from "./prepare-errors.ts";
import { type Evaluation, parseEvaluation } from "./prepare-image-output.ts";
import { realise } from "./realise.ts";
import { type Place, redactPaths } from "../system/redact.ts";
import { nixSystem } from "./system.ts";
import { againIfVanished } from "./vanished.ts";

export interface PrepareOptions {
  readonly packages: readonly string[];
  /** An image that the package set defines. If it is set, `packages` is ignored. */
  readonly image?: string | undefined;
  readonly architecture: Architecture;
  readonly source: ResolvedSource;
  readonly nix: EvaluationSettings & Pick<NixSettings, "timeoutS">;
  readonly isolation: Isolation;
  /** The path of a link. Nix makes the link. While it exists, Nix's garbage collector keeps the closure. */
  readonly gcRoot: string;
  /** Aborts the work when the origin stops. */
  readonly signal: AbortSignal;
  /** Gets the phases, Nix's builds and downloads, and Nix's log without this machine's paths. */
  readonly onEvent: BuildListener;
}

const REPOSITORY = join(import.meta.dirname, "../..");

const PREPARE_IMAGE: Expression = {
  file: "prepare-image.nix",
  variables: ["packages", "image"],
  imports: { checkImage: "image-options.nix", rooted: "rooted.nix" },
};

/**
 * Finds the packages, builds or downloads them, and lists their closure.
 * Throws `MANIFEST_UNKNOWN` for unknown names (`NameError`), for a failed build, and after the time limit, and `NixTooOld`
 * if the source needs a newer Nix.
 */
export async function prepareImage(options: PrepareOptions): Promise<ImageClosure> {
  const { architecture, source, onEvent } = options;
  const { timeoutS } = options.nix;
  let running: readonly RunningWork[] = [];
  const places = await machinePlaces(options);
  const redact = (text: string) => redactPaths(text, places);
  const openLog = () =>
    createNixLog({
      now: Date.now,
      onEvent: (event) => onEvent(event.event === "log" ? { ...event, line: redact(event.line) } : event),
    });
  let log = openLog();
  const subject = {
    name: requestedName(options),
    system: nixSystem(architecture),
    isFlake: source.kind === "flake",
    nixVersion: await options.isolation.nixVersion(),
    redact,
  };
  const timeout = AbortSignal.timeout(timeoutS * 1000);
  // Nix ends all builds and downloads when we stop it. So the list of running work is taken before that.
  timeout.addEventListener("abort", () => (running = log.running()));
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    const attempt = () => {
      log = openLog();
      return evaluateAndRealise(options, { signal, onLog: (line) => log.read(line) });
    };
    return await againIfVanished(attempt, ({ message }) => log.reason() ?? message);
  } catch (error) {
    // The first abort counts. A stopped command needs time to end, and the time limit may pass meanwhile.
    if (timeout.aborted && signal.reason === timeout.reason)
      throw timeoutError(subject, { timeoutS, running, at: Date.now() });
    if (error instanceof CommandError) throw buildError(subject, log, error);
    throw error;
  }
}

interface Run {
  readonly signal: AbortSignal;
  readonly onLog: (line: string) => void;
}

async function evaluateAndRealise(options: PrepareOptions, { signal, onLog }: Run): Promise<ImageClosure> {
  const { isolation, gcRoot, onEvent } = options;
  // The links keep the derivations until `gcRoot` keeps their outputs.
  return isolation.withScratch(async (links) => {
    onEvent({ event: "phase", phase: "evaluate" });
    const evaluation = await evaluate(options, links, { signal, onLog });
    throwIfProblems(evaluation, options.architecture, options.image);
    onEvent({ event: "phase", phase: "realise" });
    const closure = await realise(evaluation.installables, { isolation, signal, gcRoot, onLog });
    return { packages: evaluation.found, closure, ...(evaluation.options && { options: evaluation.options }) };
  });
}

async function evaluate(options: PrepareOptions, links: string, { signal, onLog }: Run): Promise<Evaluation> {
  const { source, nix, isolation, packages, image, architecture } = options;
  const answer = await evaluateRooted({
    source,
    system: nixSystem(architecture),
    nix,
    isolation,
    signal,
    expression: PREPARE_IMAGE,
    texts: { packages: JSON.stringify(image === undefined ? packages : []), image: image ?? "" },
    links,
    onLog,
  });
  return parseEvaluation(answer);
}

/** Paths of this machine that Nix's log can contain, and that clients must not see. */
async function machinePlaces({ source, isolation, gcRoot }: PrepareOptions): Promise<Place[]> {
  const { location } = source;
  // Nix prints the path of a symbolic link or of its target. A file can import its neighbours, so Nix prints them, too.
  const itself = source.kind === "path" ? await realpath(location).catch(() => location) : location;
  return [
    [folderOf(location), "SOURCE"],
    [folderOf(itself), "SOURCE"],
    [dirname(gcRoot), "SPOOL"],
    [REPOSITORY, "CORNICE"],
    ...isolation.places,
  ];
}

function folderOf(path: string): string {
  return path.endsWith(".nix") ? dirname(path) : path;
}
