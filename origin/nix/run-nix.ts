import type { Command } from "../system/command.ts";
import { CONNECT_TIMEOUT_S } from "../isolation/nix-settings.ts";
import { CommandError, runCommand } from "../system/command.ts";
import { LastLines } from "../system/last-lines.ts";

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
  const log = new LastLines();
  await runCommand(file, {
    args,
    env,
    signal,
    onStdout: (line) => lines.push(line),
    onStderr: (line) => {
      onLog?.(line);
      log.add(line);
    },
  }).catch((cause: unknown) => {
    if (!(cause instanceof CommandError) || log.isEmpty || onLog) throw cause;
    throw new CommandError(log.text, { cause });
  });
  return lines;
}
