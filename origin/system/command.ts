import type { ChildProcess, ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { commandLine, debug, debugTimed } from "./debug.ts";
import { startGroup, terminateGroup } from "./process-group.ts";
import { type Budget, readLines } from "./read-lines.ts";

/** A program with its arguments and its whole environment. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface CommandOptions extends Pick<Command, "args" | "env"> {
  readonly onStdout: (line: string) => void;
  readonly onStderr: (line: string) => void;
  /** Aborting ends the command with all its children. */
  readonly signal: AbortSignal;
  /** Standard input. If undefined, the command gets an empty input. */
  readonly input?: string | Readable;
  /** Longer lines of standard error are cut, and get a mark; bytes. */
  readonly maxLineBytes?: number;
  /** A longer line of standard output is an error; bytes. */
  readonly maxStdoutLineBytes?: number;
}

/** A command did not start, or it failed, or another process killed it. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

const MIB = 1_048_576;
/** No person reads a longer line, and the origin copies each line several times. */
const MAX_LINE_BYTES = MIB;
/** An evaluation prints one line. If a name is unknown, the line has all names of the package set. */
const MAX_STDOUT_LINE_BYTES = 64 * MIB;
/**
 * The thread that reads a builder's output also does all other work, so a flood of lines must not keep it busy. A line
 * takes about ten microseconds. So this budget is a fifth of the thread's time. A builder that works prints less.
 */
const STDERR_BUDGET: Budget = {
  lines: { perSecond: 20_000, burst: 20_000 },
  bytes: { perSecond: 16 * MIB, burst: 16 * MIB },
};

/**
 * Runs a command and reads its output line by line, until it ends. Throws `CommandError`, or the signal's reason after
 * an abort. An error of `onStdout` or `onStderr` ends the command, too, and is thrown.
 */
export async function runCommand(file: string, options: CommandOptions): Promise<void> {
  options.signal.throwIfAborted();
  debug(() => `run ${commandLine(file, options.args)}`);
  return debugTimed(file, () => runToEnd(file, options));
}

async function runToEnd(file: string, options: CommandOptions): Promise<void> {
  const child = startGroup({ file, ...options });
  // A command may end without reading its input. Its exit code says whether that is a failure.
  child.stdin.on("error", () => {});
  if (typeof options.input === "object") options.input.pipe(child.stdin);
  else child.stdin.end(options.input);
  const terminate = () => void terminateGroup(child);
  options.signal.addEventListener("abort", terminate);
  try {
    const lines = readOutput(child, file, options);
    // After a refused line, nobody reads the rest. The command would wait for ever on a full pipe, so it must end.
    lines.catch(terminate);
    const exit = await waitForExit(child, file);
    options.signal.throwIfAborted();
    await lines;
    if (exit.code !== 0) throw new CommandError(`${file} ended with ${describeExit(exit)}`);
  } finally {
    options.signal.removeEventListener("abort", terminate);
  }
}

function withCutMark(beginning: string): string {
  return `${beginning}… (the rest of the line is left out)`;
}

type Outputs = Pick<ChildProcessByStdio<null, Readable, Readable>, "stdout" | "stderr">;

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function describeExit({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`;
}

/** Throws `CommandError` if the program did not start. */
export function waitForExit(child: ChildProcess, file: string): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (cause) => reject(new CommandError(`${file} could not be started`, { cause })));
  });
}

async function readOutput({ stdout, stderr }: Outputs, file: string, options: CommandOptions): Promise<void> {
  const { signal, onStdout, onStderr } = options;
  const { maxLineBytes = MAX_LINE_BYTES, maxStdoutLineBytes = MAX_STDOUT_LINE_BYTES } = options;
  const refuse = () => {
    throw new CommandError(`${file} printed a line of more than ${formatBytes(maxStdoutLineBytes)}`);
  };
  await Promise.all([
    readLines(stdout, { limit: { maxBytes: maxStdoutLineBytes, onLong: refuse }, signal, onLine: onStdout }),
    readLines(stderr, {
      limit: { maxBytes: maxLineBytes, onLong: withCutMark },
      budget: STDERR_BUDGET,
      signal,
      onLine: onStderr,
    }),
  ]);
}
