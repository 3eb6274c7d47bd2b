import type { Command } from "../../origin/system/command.ts";

/**
 * Options of `unshare` for a process with a store of its own. Before and after a build, Nix kills all processes of the
 * build's user, and each store has its own list of users who build. So a Nix here must not see processes of other stores.
 */
export const OWN_STORE_NAMESPACES = ["--mount", "--pid", "--fork", "--mount-proc"] as const;

/**
 * Commands of a shell that put a folder in the place of /nix. A Nix outside sees the processes here, so users who build have
 * other numbers: there is one more digit in front.
 */
export function ownStoreScript(folder: string): string {
  return `
mount --make-rprivate /
mkdir -p ${folder}
mount --bind ${folder} /nix
sed -E 's/^(nixbld[0-9]+:[^:]*:)/\\15/' /etc/passwd > ${folder}.passwd
mount --bind ${folder}.passwd /etc/passwd
`;
}

/**
 * A command line that runs a program with a folder in the place of /nix. So the machine's own store is neither used nor
 * changed. It needs root, for namespaces.
 */
export function withStore(folder: string, { file, args, env }: Command): Command {
  const script = `${ownStoreScript('"$0"')} exec "$@"`;
  return {
    file: "unshare",
    args: [...OWN_STORE_NAMESPACES, "--kill-child", "sh", "-ceu", script, folder, file, ...args],
    env,
  };
}
