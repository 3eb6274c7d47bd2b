import { type Command, CommandError, runCommand } from "../system/command.ts";
import { runNix } from "./run-nix.ts";

/**
 * Options of `nix-instantiate` for an expression that gives its answer through `nix/rooted.nix`. While the link exists,
 * Nix's garbage collector keeps everything that the answer names.
 */
export function rootOptions(link: string): string[] {
  return ["--add-root", link];
}

/** Runs a command that has the options of `rootOptions`. Returns the answer as JSON. */
export async function rootedAnswer(
  command: Command,
  link: string,
  signal: AbortSignal,
  onLog?: (line: string) => void,
): Promise<string> {
  return behindLink(link, (await runNix(command, signal, onLog)).join("\n"));
}

/** Two values that an expression gives through `nix/rooted.nix`, as JSON. */
export interface RootedAnswers {
  readonly answer: string;
  /** Undefined if its evaluation failed. */
  readonly extra: string | undefined;
}

interface MarkedRun {
  readonly link: string;
  /** Nix prints it when the answer is evaluated. */
  readonly mark: string;
  readonly signal: AbortSignal;
  /** Gets the log up to the mark. */
  readonly onLog: (line: string) => void;
}

/**
 * Runs a command like `rootedAnswer`, for an expression with an extra value. An error behind the mark takes only the extra
 * value away. Undefined if Nix died there before it printed the answer. Throws `CommandError` for earlier errors.
 */
export async function rootedAnswers(
  { file, args, env }: Command,
  { link, mark, signal, onLog }: MarkedRun,
): Promise<RootedAnswers | undefined> {
  const lines: string[] = [];
  let isAnswered = false;
  const onStderr = (line: string) => {
    if (line === `trace: ${mark}`) isAnswered = true;
    else if (!isAnswered) onLog(line);
  };
  await runCommand(file, { args, env, signal, onStdout: (line) => lines.push(line), onStderr }).catch(
    (error: unknown) => {
      if (!isAnswered || !(error instanceof CommandError)) throw error;
    },
  );
  const [answer, extra] = lines;
  if (answer === undefined) return undefined;
  return { answer: behindLink(link, answer), extra: extra === undefined ? undefined : behindLink(`${link}-2`, extra) };
}

function behindLink(link: string, text: string): string {
  const prefix = `${link}!`;
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}
