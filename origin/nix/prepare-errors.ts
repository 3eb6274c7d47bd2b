import { OciError } from "../../protocol/oci-error.ts";
import { derivationName, parseBuildFailure } from "./build-failure.ts";
import { EvaluationRefusal } from "./evaluation-refusal.ts";
import { listed } from "./listed.ts";
import type { NixVersion } from "../isolation/nix-version.ts";
import { CommandError } from "../system/command.ts";
import { adviceForFault, NixFault } from "./nix-fault.ts";
import type { NixLog, RunningWork } from "./nix-log.ts";
import { tooOldFor } from "./nix-too-old.ts";
import { explainRefusal } from "./refusal.ts";
import type { ResolvedSource } from "./resolved-source.ts";
import type { EvaluationSettings } from "./settings.ts";

/** The image that an error message is about. */
interface Subject {
  /** The name in the request. */
  readonly name: string;
  readonly system: string;
  readonly isFlake: boolean;
  /** The version of the Nix that evaluates. */
  readonly nixVersion: NixVersion;
  /** Removes this machine's paths from a text. */
  readonly redact: (text: string) => string;
}

/** An error quotes at most this much of one line of a builder's log. Characters. */
const MAX_LINE_LENGTH = 200;
/** A package set can throw a text of any length; characters. */
const MAX_REASON_LENGTH = 1000;

/** Messages of Nix and of compilers when they have no memory left. */
export const OUT_OF_MEMORY = /out of memory|bad_alloc|cannot allocate/i;

/** Nix's messages when it refuses an access, and advice for each. */
const ADVICE: readonly [words: RegExp, advice: string][] = [
  [/allow-import-from-derivation/, "the operator can allow it with CORNICE_NIX_ALLOW_IFD"],
  [/access to URI .* is forbidden/, "the operator can allow it with CORNICE_NIX_ALLOWED_URIS"],
  [/experimental Nix feature 'flakes' is disabled/, "fetchTree needs Nix 2.20 or newer, and CORNICE_NIX_ALLOWED_URIS"],
  [/file 'nixpkgs' was not found in the Nix search path/, "the operator can name a nixpkgs with CORNICE_NIXPKGS"],
  [
    /HTTP error 40[134]\b|could not read Username|Authentication failed for|Permission denied \(publickey/,
    "if this input is private, the operator can set CORNICE_NIX_ACCESS_TOKENS (GitHub, GitLab), or the flake can lock it " +
      "as git+ssh://…, for the SSH keys of the machine",
  ],
  [OUT_OF_MEMORY, "the operator can allow more with CORNICE_NIX_MEMORY"],
  [/access to absolute path .* is forbidden/, "packages may read the files of their own source only"],
];

/** What this machine or its network says when it has trouble. The package set is not to blame. */
const MACHINE_TROUBLE =
  /no space left on device|disk quota exceeded|input\/output error|too many open files|read-only file system|resource temporarily unavailable|database .*(?:busy|locked)|unable to download|could ?n[o']t resolve|timed out/i;

/** What Nix or a builder's log says at a limit, and advice for each. */
const BUILD_ADVICE: typeof ADVICE = [
  [
    /failed due to signal 9\b/,
    "the machine may have had no memory left: pull again, or ask the operator for a lower CORNICE_MAX_BUILDS, or a larger machine",
  ],
  [/file size limit exceeded|file too large/i, "the operator can allow larger files with CORNICE_MAX_IMAGE_MIB"],
  [OUT_OF_MEMORY, "the operator can allow more memory with CORNICE_NIX_BUILD_MEMORY"],
];

/** How an evaluation is run. */
interface EvaluationKind {
  /** Whether the evaluation reads nothing but its source, and builds nothing. */
  readonly isClosed: boolean;
}

/** An evaluation that fetches, builds or reads other files can fail today and succeed tomorrow. */
export function evaluationKind(
  { allowedUris, allowIfd }: EvaluationSettings,
  { restricted }: Pick<ResolvedSource, "restricted">,
): EvaluationKind {
  return { isClosed: allowedUris === undefined && allowIfd !== true && restricted !== false };
}

/**
 * The error for a failed command. `NixFault` if Nix itself does not work, `NixTooOld` if the source needs a newer one,
 * else `MANIFEST_UNKNOWN` with a message that explains the cause to people. `evaluation` is set if the command evaluated.
 * The error is then an `EvaluationRefusal`, unless the same evaluation can succeed later.
 */
export function buildError(subject: Subject, log: NixLog, cause: CommandError, evaluation?: EvaluationKind): OciError {
  const reason = log.reason();
  // The origin's own log shows the whole reason, with paths.
  const whole = reason === undefined ? cause : new CommandError(`${cause.message}: ${reason}`, { cause });
  const fault = adviceForFault(reason ?? "");
  if (fault !== undefined) return new NixFault(fault, whole);
  const tooOld = tooOldFor(reason ?? "", subject.nixVersion, whole);
  if (tooOld) return tooOld;
  const error = isLasting(reason, subject, evaluation) ? refusedEvaluation : failedBuild;
  return error(subject.name, explain(subject, log, reason), whole);
}

function isLasting(reason: string | undefined, subject: Subject, evaluation: EvaluationKind | undefined): boolean {
  if (reason === undefined || !evaluation) return false;
  return lastingExplanation(reason, { ...subject, ...evaluation }) !== undefined;
}

function failedBuild(name: string, explanation: string, cause: unknown): OciError {
  return new OciError("MANIFEST_UNKNOWN", failureText(name, explanation), { cause });
}

/** The error for a request whose evaluation failed, and fails again. */
export function refusedEvaluation(name: string, explanation: string, cause?: unknown): EvaluationRefusal {
  return new EvaluationRefusal("MANIFEST_UNKNOWN", failureText(name, explanation), { cause });
}

function failureText(name: string, explanation: string): string {
  return `building ${name} failed: ${explanation}`;
}

function explain(subject: Subject, log: NixLog, reason: string | undefined): string {
  if (reason === undefined) return "see the log of the origin";
  const failure = parseBuildFailure(reason);
  if (!failure) return explainReason(reason, subject);
  const lines = lastLines(log.lastLines(failure.derivation));
  const { problem } = failure;
  return subject.redact(`${problem}${adviceFor(problem + lines, BUILD_ADVICE)}${lines}`);
}

/** The package set's own reason for a failed evaluation, with advice. */
function explainReason(reason: string, subject: Omit<Subject, "name" | "nixVersion">): string {
  const text = shorten(subject.redact(reason), MAX_REASON_LENGTH);
  return explainRefusal(reason, subject) ?? `${text}${adviceFor(reason, ADVICE)}`;
}

/** The evaluation that an explanation is about. */
type EvaluationSubject = Omit<Subject, "name"> & EvaluationKind;

/**
 * The explanation of a failed evaluation, for `refusedEvaluation`. Undefined if the same evaluation can succeed later: Nix did
 * not work, was too old, or had too little memory, or something was built or fetched.
 */
export function lastingExplanation(reason: string, subject: EvaluationSubject): string | undefined {
  if (explainRefusal(reason, subject) !== undefined) return explainReason(reason, subject);
  const isPassing =
    !subject.isClosed ||
    OUT_OF_MEMORY.test(reason) ||
    MACHINE_TROUBLE.test(reason) ||
    adviceForFault(reason) !== undefined ||
    parseBuildFailure(reason) !== undefined ||
    tooOldFor(reason, subject.nixVersion, undefined) !== undefined;
  return isPassing ? undefined : explainReason(reason, subject);
}

function adviceFor(message: string, advices: typeof ADVICE): string {
  const advice = advices.find(([words]) => words.test(message))?.[1];
  return advice === undefined ? "" : `; ${advice}`;
}

function lastLines(lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return ["; the last lines of its log:", ...lines.map((line) => shorten(line, MAX_LINE_LENGTH))].join("\n");
}

function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  // Half of a surrogate pair is no character.
  return `${text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, "")}…`;
}

interface Expiry {
  readonly timeoutS: number;
  /** The builds and downloads that were running when the time was over. */
  readonly running: readonly RunningWork[];
  /** When the time was over; milliseconds, on the clock of `running`. */
  readonly at: number;
}

/** The error `MANIFEST_UNKNOWN` for a build that took too long. It names the builds and downloads that were running. */
export function timeoutError({ name }: Subject, { timeoutS, running, at }: Expiry): OciError {
  const message =
    `building ${name} took longer than ${timeoutS} s and was stopped${describeRunning(running, at)}; ` +
    "finished parts are kept, so pull again, or ask the operator to raise NIX_TIMEOUT";
  return new OciError("MANIFEST_UNKNOWN", message);
}

/** Returns ` while building a (12 s), downloading b (3 s)`, or an empty text. */
function describeRunning(running: readonly RunningWork[], at: number): string {
  if (running.length === 0) return "";
  const names = running.map(
    ({ work, path, startedAt }) =>
      `${work}ing ${derivationName(path)} (${Math.max(0, Math.round((at - startedAt) / 1000))} s)`,
  );
  return ` while ${listed(names)}`;
}
