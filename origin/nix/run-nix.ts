import type { Command } from "../system/command.ts";
import { CONNECT_TIMEOUT_S } from "../isolation/nix-settings.ts";
import { CommandError, runCommand } from "../system/command.ts";

/** A failed command prints the reason in its last lines. */
const MAX_KEPT_LINES = 20;

/** Options for a Nix program that may fetch something. */
export const CONNECT_TIMEOUT = ["--option", "connect-timeout", String(CONNECT_TIMEOUT_S)] as const;

/**
 * Runs a Nix program and returns its output lines. Throws `CommandError`. Its message ends with the last log lines,
 * unless the caller gave `onLog` and so has the log already.
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
