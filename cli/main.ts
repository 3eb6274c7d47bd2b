import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../origin/settings.ts";
import { parseJsonObject } from "../protocol/json-object.ts";
import { OciError } from "../protocol/oci-error.ts";
import { StartError } from "../start/start-error.ts";
import { type BuildCall, type InspectCall, parseArguments } from "./arguments.ts";
import { runBuild } from "./build-command.ts";
import type { InspectedImage } from "./built-image.ts";
import { CliError, Interruption, UsageError } from "./cli-error.ts";
import { imageEvent, imageSummary, imageTable } from "./image-report.ts";
import { runInspect } from "./inspect-command.ts";
import { jsonProgress, plainProgress, type Progress } from "./progress.ts";
import { terminalProgress } from "./terminal-progress.ts";
import { USAGE } from "./usage.ts";

type ImageCall = BuildCall | InspectCall;

const FAILED = 1;
const WRONG_USAGE = 2;
/** 128 and the signal's number, as shells count. */
const INTERRUPTIONS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

async function main(args: readonly string[]): Promise<void> {
  const call = parseArguments(args);
  if (call.command === "help") process.stdout.write(USAGE);
  else if (call.command === "version") console.log(await version());
  else await run(call);
}

async function run(call: ImageCall): Promise<void> {
  const progress = createProgress(call);
  const { signal } = interruption();
  try {
    const context = { env: process.env, progress, signal };
    const image = await (call.command === "build" ? runBuild(call, context) : runInspect(call, context));
    progress.end(true);
    printResult(call, image);
  } catch (error) {
    progress.end(false);
    // What was interrupted fails in its own words.
    const cause: unknown = signal.aborted ? signal.reason : error;
    if (call.json) console.log(errorEvent(cause));
    throw cause;
  }
}

function createProgress({ json }: ImageCall): Progress {
  if (json) return jsonProgress((line) => console.log(line), Date.now);
  const isTerminal = process.stderr.isTTY && process.env["TERM"] !== "dumb";
  return isTerminal ? terminalProgress(process.stderr, Date.now) : plainProgress((line) => console.error(line));
}

/** Only once each: whoever asks twice does not want to wait until all is tidied up. */
function interruption(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stop.abort(new Interruption(INTERRUPTIONS[signal])));
  // Whoever read our output has gone.
  process.stdout.on("error", (cause) => stop.abort(new CliError(`cannot write to standard output: ${cause.message}`)));
  return stop;
}

function printResult(call: ImageCall, image: InspectedImage): void {
  if (call.json) console.log(imageEvent(image, call.command === "build" ? outputPath(call) : undefined));
  else if (call.command === "inspect") console.log(imageTable(image));
  else if (call.output.kind === "stdout") console.error(imageSummary(image));
  else console.log(`${call.output.path}: ${imageSummary(image)}`);
}

function outputPath({ output }: BuildCall): string | undefined {
  return output.kind === "stdout" ? undefined : output.path;
}

async function version(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, "../package.json"), "utf8");
  return String(parseJsonObject(text)?.["version"]);
}

/** The last line of `--json` for a call that failed. */
function errorEvent(error: unknown): string {
  const code = error instanceof OciError ? error.code : "FAILED";
  return JSON.stringify({ event: "error", code, message: messageOf(error) ?? "internal error" });
}

/** Undefined for what nobody expected. */
function messageOf(error: unknown): string | undefined {
  const isExpected =
    error instanceof CliError ||
    error instanceof OciError ||
    error instanceof StartError ||
    error instanceof ConfigError ||
    // What the system refused: no space, no permission.
    (error instanceof Error && "syscall" in error);
  return isExpected ? error.message : undefined;
}

function exitCode(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode;
  return error instanceof UsageError ? WRONG_USAGE : FAILED;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  for (const line of messageOf(error)?.split("\n") ?? []) console.error(`cornice: ${line}`);
  if (messageOf(error) === undefined) console.error("cornice: internal error:", error);
  if (error instanceof UsageError) console.error('See "cornice --help".');
  process.exitCode = exitCode(error);
}
