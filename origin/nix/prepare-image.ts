import { OciError } from "../../protocol/oci-error.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { NixSettings } from "../config.ts";
import type { ResolvedSource } from "../sources/revision.ts";
import { CommandError, runCommand } from "./command.ts";
import { type Evaluation, type PackageRoot, parseOutputLine } from "./prepare-image-output.ts";
import type { StorePath } from "./store-path.ts";
import { nixSystem } from "./system.ts";

/** What an image is made of: its packages and all that they need at run time. */
export interface PreparedImage {
  readonly packages: readonly PackageRoot[];
  readonly closure: readonly StorePath[];
}

export interface PrepareOptions {
  readonly packages: readonly string[];
  readonly architecture: Architecture;
  readonly source: ResolvedSource;
  readonly nix: NixSettings;
  readonly env: Readonly<Record<string, string>>;
  /** A link to make: while it is there, Nix's garbage collector leaves the closure alone. */
  readonly gcRoot: string;
  /** Ends the work when the origin stops. */
  readonly signal: AbortSignal;
  readonly onPhase: (phase: "evaluate" | "realise") => void;
  readonly onLog: (line: string) => void;
}

const COMMAND = "cornice-prepare-image";
/** Nix 2.20 and newer indent the message below the trace that led to it. */
const ERROR_LINE = /^\s*error: (.+)$/;

/** What restricted evaluation refuses, in Nix's words, and what the operator can do. */
const ADVICE: readonly [words: RegExp, advice: string][] = [
  [/allow-import-from-derivation/, "the operator can allow it with CORNICE_NIX_ALLOW_IFD"],
  [/access to URI .* is forbidden/, "the operator can allow it with CORNICE_NIX_ALLOWED_URIS"],
  [/access to absolute path .* is forbidden/, "packages may read the files of their own source only"],
];

/**
 * Looks the packages up, builds or substitutes them, and lists their closure.
 * Throws `MANIFEST_UNKNOWN` with a message for people: unknown names, a failed build, the time limit.
 */
export async function prepareImage(options: PrepareOptions): Promise<PreparedImage> {
  let evaluation: Evaluation | undefined;
  let closure: readonly StorePath[] | undefined;
  let reason: string | undefined;
  const timeout = AbortSignal.timeout(options.nix.timeoutS * 1000);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    await runCommand(COMMAND, {
      args: commandArguments(options),
      env: options.env,
      signal,
      onStdout: (line) => {
        const output = parseOutputLine(line);
        if (output.kind === "phase") options.onPhase(output.phase);
        else if (output.kind === "evaluation") evaluation = output.evaluation;
        else closure = output.closure;
      },
      onStderr: (line) => {
        // The first names the cause; those after it name what depends on that.
        reason ??= ERROR_LINE.exec(line)?.[1];
        options.onLog(line);
      },
    });
  } catch (error) {
    // Whichever came first: a command that we stop may need longer to end than its time limit allows.
    if (timeout.aborted && signal.reason === timeout.reason) throw timeoutError(options);
    if (error instanceof CommandError) throw buildError(options, reason ?? "see the log of the origin", error);
    throw error;
  }
  if (!evaluation) throw new Error(`${COMMAND} ended without an evaluation`);
  throwIfProblems(evaluation, options.architecture);
  if (!closure) throw new Error(`${COMMAND} ended without a closure`);
  return { packages: evaluation.found, closure };
}

function commandArguments({ packages, architecture, source, nix, gcRoot }: PrepareOptions): string[] {
  const args = ["--packages", JSON.stringify(packages), "--system", nixSystem(architecture)];
  args.push("--kind", source.kind, "--location", source.location);
  if (source.directory !== undefined) args.push("--flake-dir", source.directory);
  if (source.restricted === false) args.push("--restrict", "false");
  if (nix.allowedUris) args.push("--allowed-uris", nix.allowedUris);
  if (nix.allowIfd) args.push("--allow-ifd", "true");
  args.push("--gc-root", gcRoot, "--sandbox", String(nix.sandbox));
  if (nix.substituters !== undefined) args.push("--substituters", nix.substituters);
  if (nix.maxJobs !== undefined) args.push("--max-jobs", String(nix.maxJobs));
  return args;
}

/** Names every mistake at once. */
function throwIfProblems(evaluation: Evaluation, architecture: Architecture): void {
  const { unknown, ambiguous, unsuitable, foreign } = evaluation;
  const problems = [
    ...unknown.map((name) => `no such package: ${name}`),
    ...ambiguous.map(({ name, candidates }) => `${name} could be any of ${candidates.join(", ")}`),
    ...unsuitable.map((name) => `${name} is not a package`),
    ...foreign.map((name) => `${name} is not available for ${architecture}`),
  ];
  if (problems.length === 0) return;
  throw new OciError("MANIFEST_UNKNOWN", problems.join("; "), { detail: { unknown, ambiguous, unsuitable, foreign } });
}

function timeoutError({ packages, nix }: PrepareOptions): OciError {
  const message =
    `building ${packages.join("/")} took longer than ${nix.timeoutS} s and was stopped; ` +
    "what is built is kept, so pull again, or ask the operator to raise NIX_TIMEOUT";
  return new OciError("MANIFEST_UNKNOWN", message);
}

function buildError({ packages, source }: PrepareOptions, reason: string, cause: CommandError): OciError {
  const advice = ADVICE.find(([words]) => words.test(reason))?.[1];
  // Where a source is kept on this machine is nobody's business.
  const text = reason.replaceAll(source.location, "SOURCE");
  const message = `building ${packages.join("/")} failed: ${text}${advice === undefined ? "" : `; ${advice}`}`;
  return new OciError("MANIFEST_UNKNOWN", message, { cause });
}
