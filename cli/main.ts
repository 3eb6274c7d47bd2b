import { hasCode } from "../origin/system/error-code.ts";
import { RELEASE } from "../protocol/release.ts";
import { commandAmong, type IndexCall, type Job, parseArguments } from "./arguments.ts";
import { type CommandContext, runBuild } from "./build-command.ts";
import { CliError, Interruption, UsageError } from "./cli-error.ts";
import { errorEvent, failureLines } from "./failure.ts";
import { imageEvent, imageSummary, imageTable } from "./image-report.ts";
import type { IndexResult } from "./index-command.ts";
import { indexEvent, indexSummary } from "./index-report.ts";
import { runInspect } from "./inspect-command.ts";
import { popularityEvent, popularitySummary } from "./popularity-report.ts";
import { jsonProgress, plainProgress, type Progress } from "./progress.ts";
import type { ServeCall } from "./serve-arguments.ts";
import { terminalProgress } from "./terminal-progress.ts";
import { usage } from "./usage.ts";
import { verifyEvent, verifyText } from "./verify-report.ts";

const FAILED = 1;
const WRONG_USAGE = 2;
/** As in shells: 128 plus the number of the signal. */
const INTERRUPTIONS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

async function main(args: readonly string[]): Promise<void> {
  const call = parseArguments(args);
  if (call.command === "help") process.stdout.write(usage(call.about));
  else if (call.command === "version") console.log(RELEASE);
  else if (call.command === "serve") await runServe(call);
  else await run(call);
}

async function runServe(call: ServeCall): Promise<void> {
  const { serve } = await import("../start/serve.ts").catch((error: unknown) => {
    if (!hasCode(error, "ERR_MODULE_NOT_FOUND")) throw error;
    throw new CliError("this installation is an origin alone; run bin/cornice serve in a clone of Cornice");
  });
  await serve(call);
}

async function run(call: Job): Promise<void> {
  const progress = createProgress(call);
  const { signal } = interruption();
  try {
    const report = await perform(call, { env: process.env, progress, signal });
    progress.end(!report.hasFailures);
    if (report.hasFailures) process.exitCode = FAILED;
    if (call.json) console.log(report.event);
    else if (hasOwnOutput(call)) console.error(report.text);
    else console.log(report.text);
  } catch (error) {
    progress.end(false);
    // After an interruption, each step fails with an error of its own. The user should see the interruption.
    const cause: unknown = signal.aborted ? signal.reason : error;
    if (call.json) console.log(errorEvent(cause));
    throw cause;
  }
}

/** The result of a call: the last line of `--json`, or the text that a person reads. */
interface Report {
  readonly event: string;
  readonly text: string;
  /** Whether a part of the work failed. */
  readonly hasFailures?: boolean;
}

/** Loads the modules of rare commands on demand. R2's client alone takes 0.1 s. */
async function perform(call: Job, context: CommandContext): Promise<Report> {
  if (call.command === "index") {
    const { runIndex } = await import("./index-command.ts");
    if (call.watch) return watchIndex(call, context, () => runIndex(call, context));
    return reportOf(await runIndex(call, context));
  }
  if (call.command === "popularity") {
    const { runPopularity } = await import("./popularity-command.ts");
    const result = await runPopularity(call, context);
    return { event: popularityEvent(result), text: popularitySummary(result) };
  }
  if (call.command === "warm") {
    const [{ runWarm }, { warmEvent, warmSummary }] = await Promise.all([
      import("./warm-command.ts"),
      import("./warm-report.ts"),
    ]);
    const result = await runWarm(call, context);
    return { event: warmEvent(result), text: warmSummary(result), hasFailures: result.failures.length > 0 };
  }
  if (call.command === "verify") {
    const { runVerify } = await import("./verify-command.ts");
    const result = await runVerify(call, context);
    return { event: verifyEvent(result), text: verifyText(result), hasFailures: !result.verified };
  }
  if (call.command === "doctor") {
    const { runDoctor, doctorEvent, doctorText, hasProblems } = await import("./doctor-command.ts");
    const findings = await runDoctor(call, context);
    return { event: doctorEvent(findings), text: doctorText(findings), hasFailures: hasProblems(findings) };
  }
  if (call.command === "gc") {
    const [{ runGc }, { gcEvent, gcText }] = await Promise.all([import("./gc-command.ts"), import("./gc-report.ts")]);
    const result = await runGc(call, context);
    return { event: gcEvent(result), text: gcText(result) };
  }
  if (call.command === "fsck") {
    const [{ runFsck }, { fsckEvent, fsckText, hasFindings }] = await Promise.all([
      import("./fsck-command.ts"),
      import("./fsck-report.ts"),
    ]);
    const result = await runFsck(call, context);
    return { event: fsckEvent(result), text: fsckText(result), hasFailures: hasFindings(result) };
  }
  if (call.command === "inspect") {
    const image = await runInspect(call, context);
    return { event: imageEvent(image), text: imageTable(image) };
  }
  const image = await runBuild(call, context);
  const path = call.output.kind === "stdout" ? undefined : call.output.path;
  const summary = imageSummary(image);
  return { event: imageEvent(image, path), text: path === undefined ? summary : `${path}: ${summary}` };
}

function reportOf(result: IndexResult): Report {
  return { event: indexEvent(result), text: indexSummary(result) };
}

/** Prints a line for each new index, until the call is interrupted. */
async function watchIndex(
  { json }: IndexCall,
  { env, signal }: CommandContext,
  index: () => Promise<IndexResult>,
): Promise<never> {
  const { parseIndexInterval, repeatIndex } = await import("./repeat-index.ts");
  const print = (report: Report) => console.log(json ? report.event : report.text);
  return repeatIndex({
    run: index,
    intervalS: parseIndexInterval(env),
    onResult: (result) => print(reportOf(result)),
    onFailure: (error) => print({ event: errorEvent(error), text: (failureLines(error) ?? []).join("\n") }),
    signal,
  });
}

/** True if the image, index or popularity file goes to standard output. */
function hasOwnOutput(call: Job): boolean {
  return "output" in call && call.output?.kind === "stdout";
}

function createProgress({ json }: Job): Progress {
  if (json) return jsonProgress((line) => console.log(line), Date.now);
  const isTerminal = process.stderr.isTTY && process.env["TERM"] !== "dumb";
  return isTerminal ? terminalProgress(process.stderr, Date.now) : plainProgress((line) => console.error(line));
}

/** Handles each signal once. A second Ctrl-C ends the process at once, without cleaning up. */
function interruption(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stop.abort(new Interruption(INTERRUPTIONS[signal])));
  // The reader of our output has gone.
  process.stdout.on("error", (cause: Error) =>
    stop.abort(new CliError(`cannot write to standard output: ${cause.message}`)),
  );
  return stop;
}

/** What shows the help of the command that was called. */
function helpCall(args: readonly string[]): string {
  return ["bin/cornice", commandAmong(args), "--help"].filter((word) => word !== undefined).join(" ");
}

function exitCode(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode;
  return error instanceof UsageError ? WRONG_USAGE : FAILED;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const lines = failureLines(error);
  for (const line of lines ?? []) console.error(line);
  if (lines === undefined) console.error("cornice: internal error:", error);
  if (error instanceof UsageError) console.error(`See "${helpCall(process.argv.slice(2))}".`);
  process.exitCode = exitCode(error);
}
