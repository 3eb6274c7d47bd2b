import type { Command } from "../system/command.ts";
import { CONNECT_TIMEOUT_S } from "../isolation/nix-settings.ts";
import { CommandError, runCommand } from "../system/command.ts";

/** The last lines of a failed command say why. */
const MAX_KEPT_LINES = 20;

/** Options for a program of Nix that may fetch something. */
export const CONNECT_TIMEOUT = ["--option", "connect-timeout", String(CONNECT_TIMEOUT_S)] as const;

/**
 * Runs a command of Nix's and returns the lines that it prints. Throws `CommandError`, with the end of the log
 * unless `onLog` has got it line by line.
 */
export async function runNix(
  { file, args, env }: Command,
  signal: AbortSignal,
  onLog?: (line: string) => void,
): Promise<string[]> {
  const lines: string[] = [];
  const log: string[] = [];
  await runCommand(file, {
    args,
    env,
    signal,
    onStdout: (line) => lines.push(line),
    onStderr: (line) => {
      onLog?.(line);
      log.push(line);
      if (log.length > MAX_KEPT_LINES) log.shift();
    },
  }).catch((cause: unknown) => {
    if (!(cause instanceof CommandError) || log.length === 0 || onLog) throw cause;
    throw new CommandError(log.join("\n"), { cause });
  });
  return lines;
}
