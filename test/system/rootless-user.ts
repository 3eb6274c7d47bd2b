import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A user of containers, whom only some processes know. */
export interface RootlessUser {
  readonly home: string;
  /** The folder for what lives as long as a login. */
  readonly runtime: string;
  /** The user's entries for the files below `/etc` of the same names. */
  readonly files: string;
  /** Ends podman's process that holds the user's namespace. */
  stop(): Promise<void>;
}

/** A user id that this machine does not know, and the ids of the users of its containers. */
const ID = 54_321;
const SUBORDINATE_IDS = "tester:100000:65536\n";
const KNOWN_FILES = ["passwd", "group"];
const SUBORDINATE_FILES = ["subuid", "subgid"];

/** Mounts the entries over the machine's files, for this process and its children alone. */
const AS_USER = `
mount --make-rprivate /
for name in ${[...KNOWN_FILES, ...SUBORDINATE_FILES].join(" ")}; do
  touch "/etc/$name"
  mount --bind "$1/$name" "/etc/$name"
done
cd "$2"
export HOME="$2" XDG_RUNTIME_DIR="$3"
shift 3
exec setpriv --reuid=${ID} --regid=${ID} --clear-groups "$@"
`;

/** Makes the user's folders below a folder that has nothing else. */
export async function prepareRootlessUser(directory: string): Promise<RootlessUser> {
  const [home, runtime, files] = [join(directory, "home"), join(directory, "runtime"), join(directory, "files")];
  for (const folder of [home, runtime, files]) await mkdir(folder);
  await chmod(directory, 0o755);
  await chmod(runtime, 0o700);
  for (const folder of [home, runtime]) await chown(folder, ID, ID);
  const line = { passwd: `tester:x:${ID}:${ID}::${home}:/bin/sh\n`, group: `tester:x:${ID}:\n` };
  for (const [name, entry] of Object.entries(line))
    await writeFile(join(files, name), (await readFile(join("/etc", name), "utf8")) + entry);
  for (const name of SUBORDINATE_FILES) await writeFile(join(files, name), SUBORDINATE_IDS);
  return {
    home,
    runtime,
    files,
    async stop() {
      const pid = Number(await readFile(join(runtime, "libpod/tmp/pause.pid"), "utf8").catch(() => ""));
      if (pid > 0) process.kill(pid, "SIGTERM");
    },
  };
}

export function asRootlessUser(user: RootlessUser, program: string, args: readonly string[]): [string, string[]] {
  const { files, home, runtime } = user;
  return ["unshare", ["--mount", "sh", "-ceu", AS_USER, "sh", files, home, runtime, program, ...args]];
}
