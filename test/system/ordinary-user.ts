import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isOciErrorCode, OciError } from "../../protocol/oci-error.ts";
import { objectOf, textAt } from "../json.ts";
import { run } from "./program.ts";
import { REPOSITORY } from "./registry.ts";
import { isPulled, type PullOptions, type PullOutcome } from "./source-pull.ts";

/** A user id that this machine does not know. */
const USER = 54_321;

/** Gives the user a Nix store of their own. Mounts the checkout below a folder that the user can read. */
const AS_USER = `
mount --make-rprivate /
mount --bind "$1" /nix
mount --bind "$2" "$3"
cd "$3"
program="$3/test/system/ordinary-user-pull.ts"
node="$3/node_modules/.bin/node"
shift 3
exec setpriv --reuid=${USER} --regid=${USER} --clear-groups "$node" "$program" "$@"
`;

/** Like `pullEach`, but in a process of a user without privileges. */
export async function pullAsOrdinaryUser(options: PullOptions, names: readonly string[]): Promise<PullOutcome[]> {
  const directory = join(options.directory, "of-an-ordinary-user");
  const [store, checkout, work] = [join(directory, "nix"), join(directory, "checkout"), join(directory, "work")];
  for (const folder of [store, checkout, work]) await mkdir(folder, { recursive: true });
  for (const folder of [store, work, options.env["HOME"] ?? work]) await chown(folder, USER, USER);
  await chmod(options.directory, 0o755);
  const call = { ...options, directory: work, env: { ...options.env, USER: "ordinary" } };
  const texts = [JSON.stringify(call), ...names];
  const args = ["--mount", "sh", "-ceu", AS_USER, "sh", store, REPOSITORY, checkout, ...texts];
  const { stdout, stderr } = await run("unshare", args);
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
