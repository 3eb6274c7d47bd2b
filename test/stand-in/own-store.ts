import type { Command } from "../../origin/system/command.ts";

/**
 * A command line that runs a program with a folder in the place of /nix. So the machine's own store is neither used nor
 * changed. It needs root, for namespaces. After a build, Nix kills all processes of the build's user. In a namespace of
 * processes, it does not reach the builders of the machine's own store.
 */
export function withStore(folder: string, { file, args, env }: Command): Command {
  const script = 'mkdir -p "$0"; mount --make-rprivate /; mount --bind "$0" /nix; exec "$@"';
  const namespaces = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
  return { file: "unshare", args: [...namespaces, "sh", "-ceu", script, folder, file, ...args], env };
}
