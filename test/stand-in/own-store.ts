import type { Command } from "../../origin/system/command.ts";

/**
 * A command line that runs a program with a folder in the place of /nix. So the machine's own store is neither used nor
 * changed. It needs root, for a mount namespace.
 */
export function withStore(folder: string, { file, args, env }: Command): Command {
  const script = 'mkdir -p "$0"; mount --make-rprivate /; mount --bind "$0" /nix; exec "$@"';
  return { file: "unshare", args: ["--mount", "sh", "-ceu", script, folder, file, ...args], env };
}
