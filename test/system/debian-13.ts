import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathExists } from "../../origin/system/path-exists.ts";
import { output } from "./program.ts";
import { REPOSITORY } from "./registry.ts";

const SUITE = "trixie";

/**
 * Unpacks packages of a newer Debian, with their libraries, into a folder of their own. Returns the folder, which stands
 * for the root directory. The machine's own packages stay as they are. Needs apt and dpkg. apt checks the packages with
 * Debian's signatures. `prepare` changes the folder before others see it: it gets the place now, and the final one.
 */
export async function unpackDebian13(
  packages: readonly string[],
  prepare: (partial: string, root: string) => Promise<void> = async () => {},
): Promise<string> {
  const root = join(REPOSITORY, "node_modules/.cache/debian-13", packages.join("+"));
  if (await pathExists(root)) return root;
  await mkdir(dirname(root), { recursive: true });
  const scratch = await mkdtemp(`${root}.`);
  const [apt, partial] = [join(scratch, "apt"), join(scratch, "root")];
  for (const folder of [partial, join(apt, "lists/partial"), join(apt, "cache/archives/partial")])
    await mkdir(folder, { recursive: true });
  const [site = ""] = (await output("apt-get", ["indextargets", "--format", "$(SITE)"])).split("\n");
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  await writeFile(join(apt, "sources.list"), `deb [signed-by=${keyring}] ${site} ${SUITE} main\n`);
  await writeFile(join(apt, "status"), "");
  await output("apt-get", [...ownApt(apt), "update"]);
  await output("apt-get", [...ownApt(apt), "install", "--yes", "--download-only", ...packages]);
  const archives = join(apt, "cache/archives");
  for (const name of (await readdir(archives)).filter((each) => each.endsWith(".deb")))
    await output("dpkg-deb", ["--extract", join(archives, name), partial]);
  await prepare(partial, root);
  // The last step. If the folder exists, everything is complete.
  // Another process may have been first.
  await rename(partial, root).catch(async (error: unknown) => {
    if (!(await pathExists(root))) throw error;
  });
  await rm(scratch, { recursive: true });
  return root;
}

function ownApt(folder: string): string[] {
  const settings = {
    "Dir::Etc::SourceList": join(folder, "sources.list"),
    "Dir::Etc::SourceParts": "/nonexistent",
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::State::Status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Sandbox::User": "root",
    "APT::Install-Recommends": "false",
    "Acquire::Languages": "none",
  };
  return ["-q", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}

/** A command line that runs a program with the `/usr` of a folder. Other processes keep the machine's own `/usr`. */
export function withUsrOf(root: string, command: readonly string[]): [program: string, args: string[]] {
  const script = 'mount --bind "$1" /usr; shift; exec "$@"';
  return [
    "unshare",
    ["--mount", "--propagation", "private", "sh", "-ceu", script, "sh", join(root, "usr"), ...command],
  ];
}
