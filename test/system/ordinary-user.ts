import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isOciErrorCode, OciError } from "../../protocol/oci-error.ts";
import { objectOf, textAt } from "../json.ts";
import { OWN_STORE_NAMESPACES, ownStoreScript } from "../stand-in/own-store.ts";
import { type Outcome, run } from "./program.ts";
import { REPOSITORY } from "./registry.ts";
import { isPulled, type PullOptions, type PullOutcome } from "./source-pull.ts";

/** A user id that this machine does not know. */
export const ORDINARY_USER = 54_321;

/** The group whose members may reach the daemon, like Debian's nix-users. */
const DAEMON_GROUP = 54_322;

/** How Nix is installed for the user of a process. */
export interface Installation {
  /** The id of the user. */
  readonly user: number;
  /** Whether the user owns the store. Otherwise root owns it. */
  readonly ownsStore: boolean;
  /** The text of the `nix.conf` of the machine's Nix daemon. Without one, no daemon runs. */
  readonly daemon?: string;
  /** Whether the user is in the group that may reach the daemon. */
  readonly isMember?: boolean;
}

/** Nix for a single user, without root. */
const SINGLE_USER: Installation = { user: ORDINARY_USER, ownsStore: true };

/**
 * Gives the process a Nix store of its own, and perhaps a daemon of root. Mounts the checkout below a folder that the user
 * can read.
 */
const AS_USER = `
${ownStoreScript('"$1"')}
mount --bind "$2" "$3"
cd "$3"
user="$4" groups="$5" configuration="$6" program="$3/test/system/$7" node="$3/node_modules/.bin/node"
shift 7
if [ -n "$configuration" ]; then
  mkdir -p /nix/var/nix/daemon-socket
  chgrp ${DAEMON_GROUP} /nix/var/nix/daemon-socket
  chmod 770 /nix/var/nix/daemon-socket
  NIX_CONF_DIR="$configuration" NIX_REMOTE=local nix-daemon >&2 &
  daemon=$!
  while ! [ -S /nix/var/nix/daemon-socket/socket ]; do sleep 0.05; done
fi
code=0
setpriv --reuid="$user" --regid="$user" "$groups" "$node" "$program" "$@" || code=$?
[ -z "$configuration" ] || kill "$daemon"
exit "$code"
`;

/** Runs a script of this folder as another user. The user may write to `work`. */
export async function runAs(
  { user, ownsStore, daemon, isMember = false }: Installation,
  directory: string,
  script: string,
  args: (work: string) => readonly string[],
): Promise<Outcome> {
  const [store, checkout, work] = [join(directory, "nix"), join(directory, "checkout"), join(directory, "work")];
  const configuration = join(directory, "nix-configuration");
  for (const folder of [store, checkout, work, configuration]) await mkdir(folder, { recursive: true });
  await writeFile(join(configuration, "nix.conf"), daemon ?? "");
  for (const folder of [...(ownsStore ? [store] : []), work]) await chown(folder, user, user);
  const groups = isMember ? `--groups=${DAEMON_GROUP}` : "--clear-groups";
  const paths = [store, REPOSITORY, checkout, String(user), groups, daemon === undefined ? "" : configuration];
  return run("unshare", [...OWN_STORE_NAMESPACES, "sh", "-ceu", AS_USER, "sh", ...paths, script, ...args(work)]);
}

/** Like `pullEach`, but in a process of a user without privileges. */
export async function pullAsOrdinaryUser(
  options: PullOptions,
  names: readonly string[],
  installation = SINGLE_USER,
): Promise<PullOutcome[]> {
  const directory = join(options.directory, "of-an-ordinary-user");
  const { HOME } = options.env;
  if (HOME !== undefined) await chown(HOME, installation.user, installation.user);
  await chmod(options.directory, 0o755);
  const { stdout, stderr } = await runAs(installation, directory, "ordinary-user-pull.ts", (work) => [
    JSON.stringify({ ...options, directory: work, env: { ...options.env, USER: "ordinary" } }),
    ...names,
  ]);
  const lines = stdout.trim().split("\n");
  if (lines.length !== names.length) throw new Error(`the pulls ended early: ${stderr}`);
  return lines.map(readOutcome);
}

function readOutcome(line: string): PullOutcome {
  const outcome = objectOf(line);
  const { pulled, code } = outcome;
  if (isPulled(pulled)) return { pulled };
  const message = textAt(outcome, "message");
  return { error: isOciErrorCode(code) ? new OciError(code, message) : new Error(message) };
}
