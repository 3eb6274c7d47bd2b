import type { Command } from "../system/command.ts";
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
  const text = (await runNix(command, signal, onLog)).join("\n");
  const prefix = `${link}!`;
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}
