import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Architecture } from "../../protocol/image-name.ts";
import { requestedName } from "../../protocol/image-request.ts";
import type { NixSettings } from "../config.ts";
import type { ImageOptions } from "../image/image-options.ts";
import type { ResolvedSource } from "../sources/revision.ts";
import { CommandError, runCommand } from "./command.ts";
import { createNixLog, type RunningWork, type WorkChange } from "./nix-log.ts";
import { throwIfProblems } from "./package-problems.ts";
import { buildError, timeoutError } from "./prepare-errors.ts";
import { type Evaluation, type PackageRoot, parseOutputLine } from "./prepare-image-output.ts";
import { type Place, redactPaths } from "./redact.ts";
import { sourceArguments } from "./source-arguments.ts";
import type { StorePath } from "./store-path.ts";
import { nixSystem } from "./system.ts";

/** What an image is made of: its packages and all that they need at run time. */
export interface PreparedImage {
  readonly packages: readonly PackageRoot[];
  readonly closure: readonly StorePath[];
  /** Of an image that the package set defines. */
  readonly options?: ImageOptions | undefined;
}

export interface PrepareOptions {
  readonly packages: readonly string[];
  /** Instead of packages, an image that the package set defines. */
  readonly image?: string | undefined;
  readonly architecture: Architecture;
  readonly source: ResolvedSource;
  readonly nix: NixSettings;
  readonly env: Readonly<Record<string, string>>;
  /** A link to make: while it is there, Nix's garbage collector leaves the closure alone. */
  readonly gcRoot: string;
  /** Ends the work when the origin stops. */
  readonly signal: AbortSignal;
  readonly onPhase: (phase: "evaluate" | "realise") => void;
  /** Gets Nix's log without paths of this machine. */
  readonly onLog: (line: string) => void;
  /** While it realises. */
  readonly onWork?: ((change: WorkChange) => void) | undefined;
}

const COMMAND = "cornice-prepare-image";
const REPOSITORY = join(import.meta.dirname, "../..");

/**
 * Looks the packages up, builds or substitutes them, and lists their closure.
 * Throws `MANIFEST_UNKNOWN` with a message for people: unknown names (`NameError`), a failed build, the time limit.
 */
export async function prepareImage(options: PrepareOptions): Promise<PreparedImage> {
  const { architecture, source, env, image } = options;
  const { timeoutS } = options.nix;
  let evaluation: Evaluation | undefined;
  let closure: readonly StorePath[] | undefined;
  let running: readonly RunningWork[] = [];
  const places = await machinePlaces(options);
  const redact = (text: string) => redactPaths(text, places);
  const log = createNixLog({
    now: Date.now,
    onLine: (line) => options.onLog(redact(line)),
    onWork: options.onWork,
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
    await runCommand(COMMAND, {
      args: commandArguments(options),
      env,
      signal,
      onStdout: (line) => {
        const output = parseOutputLine(line);
        if (output.kind === "phase") options.onPhase(output.phase);
        else if (output.kind === "evaluation") evaluation = output.evaluation;
        else closure = output.closure;
      },
      onStderr: (line) => log.read(line),
    });
  } catch (error) {
    // Whichever came first: a command that we stop may need longer to end than its time limit allows.
    if (timeout.aborted && signal.reason === timeout.reason)
      throw timeoutError(subject, { timeoutS, running, at: Date.now() });
    if (error instanceof CommandError) throw buildError(subject, log, error);
    throw error;
  }
  if (!evaluation) throw new Error(`${COMMAND} ended without an evaluation`);
  throwIfProblems(evaluation, architecture, image);
  if (!closure) throw new Error(`${COMMAND} ended without a closure`);
  return { packages: evaluation.found, closure, ...(evaluation.options && { options: evaluation.options }) };
}

/** What Nix may name of this machine, and nobody else should learn. */
async function machinePlaces({ source, env, gcRoot }: PrepareOptions): Promise<Place[]> {
  const { location } = source;
  // Nix names either spelling of a symbolic link, and a file may name what is beside it.
  const itself = source.kind === "path" ? await realpath(location).catch(() => location) : location;
  return [
    [folderOf(location), "SOURCE"],
    [folderOf(itself), "SOURCE"],
    [dirname(gcRoot), "SPOOL"],
    [env["TMPDIR"] ?? "", "TMPDIR"],
    [env["HOME"] ?? "", "HOME"],
    [REPOSITORY, "CORNICE"],
  ];
}

function folderOf(path: string): string {
  return path.endsWith(".nix") ? dirname(path) : path;
}

function commandArguments({ packages, image, architecture, source, nix, gcRoot }: PrepareOptions): string[] {
  const args = image === undefined ? ["--packages", JSON.stringify(packages)] : ["--image", image];
  args.push(...sourceArguments(source, nixSystem(architecture), nix), "--gc-root", gcRoot);
  if (nix.maxJobs !== undefined) args.push("--max-jobs", String(nix.maxJobs));
  return args;
}
