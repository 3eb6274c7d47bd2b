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
import { evaluationCommand } from "./evaluate.ts";
import type { Expression } from "./expressions.ts";
import { createNixLog, type RunningWork } from "./nix-log.ts";
import { throwIfProblems } from "./package-problems.ts";
import { buildError, timeoutError } from "./prepare-errors.ts";
import { type Evaluation, parseEvaluation } from "./prepare-image-output.ts";
import { realise } from "./realise.ts";
import { type Place, redactPaths } from "../system/redact.ts";
import { runNix } from "./run-nix.ts";
import { nixSystem } from "./system.ts";

export interface PrepareOptions {
  readonly packages: readonly string[];
  /** Instead of packages, an image that the package set defines. */
  readonly image?: string | undefined;
  readonly architecture: Architecture;
  readonly source: ResolvedSource;
  readonly nix: EvaluationSettings & Pick<NixSettings, "timeoutS">;
  readonly isolation: Isolation;
  /** A link to make: while it is there, Nix's garbage collector leaves the closure alone. */
  readonly gcRoot: string;
  /** Ends the work when the origin stops. */
  readonly signal: AbortSignal;
  /** Gets the phases, what Nix builds and downloads, and Nix's log without paths of this machine. */
  readonly onEvent: BuildListener;
}

const REPOSITORY = join(import.meta.dirname, "../..");

const PREPARE_IMAGE: Expression = {
  file: "prepare-image.nix",
  variables: ["packages", "image"],
  imports: { checkImage: "image-options.nix" },
};

/**
 * Looks the packages up, builds or substitutes them, and lists their closure.
 * Throws `MANIFEST_UNKNOWN` with a message for people: unknown names (`NameError`), a failed build, the time limit.
 */
export async function prepareImage(options: PrepareOptions): Promise<ImageClosure> {
  const { architecture, source, onEvent } = options;
  const { timeoutS } = options.nix;
  let running: readonly RunningWork[] = [];
  const places = await machinePlaces(options);
  const redact = (text: string) => redactPaths(text, places);
  const log = createNixLog({
    now: Date.now,
    onEvent: (event) => onEvent(event.event === "log" ? { ...event, line: redact(event.line) } : event),
  });
  const subject = {
    name: requestedName(options),
    system: nixSystem(architecture),
    isFlake: source.kind === "flake",
    redact,
  };
  const timeout = AbortSignal.timeout(timeoutS * 1000);
  // Nix ends all of its work when it is told to stop.
  timeout.addEventListener("abort", () => (running = log.running()));
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    return await evaluateAndRealise(options, { signal, onLog: (line) => log.read(line) });
  } catch (error) {
    // Whichever came first: a command that we stop may need longer to end than its time limit allows.
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
  onEvent({ event: "phase", phase: "evaluate" });
  const evaluation = await evaluate(options, { signal, onLog });
  throwIfProblems(evaluation, options.architecture, options.image);
  onEvent({ event: "phase", phase: "realise" });
  const closure = await realise(evaluation.installables, { isolation, signal, gcRoot, onLog });
  return { packages: evaluation.found, closure, ...(evaluation.options && { options: evaluation.options }) };
}

async function evaluate(options: PrepareOptions, { signal, onLog }: Run): Promise<Evaluation> {
  const { source, nix, isolation, packages, image, architecture } = options;
  const command = await evaluationCommand({
    source,
    system: nixSystem(architecture),
    nix,
    isolation,
    signal,
    expression: PREPARE_IMAGE,
    texts: { packages: JSON.stringify(image === undefined ? packages : []), image: image ?? "" },
    flags: ["--strict", "--json"],
    onLog,
  });
  return parseEvaluation((await runNix(command, signal, onLog)).join("\n"));
}

/** What Nix may name of this machine, and nobody else should learn. */
async function machinePlaces({ source, isolation, gcRoot }: PrepareOptions): Promise<Place[]> {
  const { location } = source;
  // Nix names either spelling of a symbolic link, and a file may name what is beside it.
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
