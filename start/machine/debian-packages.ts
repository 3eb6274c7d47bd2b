import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { StartError } from "./start-error.ts";

/** A program that Cornice needs, and the Debian package that has it. */
export interface Requirement {
  readonly program: string;
  readonly debianPackage: string;
}

export interface InstallOptions {
  readonly path: string;
  readonly isRoot: boolean;
  /** False if nothing may be installed, even as root. */
  readonly installs?: boolean;
  readonly log: (line: string) => void;
}

const APT_LISTS = "/var/lib/apt/lists";
/** Mirrors remove replaced packages after about a day. Then older lists name files that are gone. */
const MAX_LIST_AGE_MS = 86_400_000;

/** Installs the packages of missing programs. If it may not, it throws `StartError` with the command to run. */
export async function ensurePrograms(requirements: readonly Requirement[], options: InstallOptions): Promise<void> {
  const missing: Requirement[] = [];
  for (const requirement of requirements) {
    if (!(await isOnPath(requirement.program, options.path))) missing.push(requirement);
  }
  if (missing.length === 0) return;
  const names = missing.map(({ program }) => program).join(", ");
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))];
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (!(await isOnPath("apt-get", options.path))) {
    throw new StartError(
      `${names} is missing, and apt-get too; install ${packages.join(", ")} with your system's package manager`,
    );
  }
  if (!mayInstall(options)) throw new StartError(`${names} is missing; run: sudo sh -c "apt-get update && ${command}"`);
  options.log(`Installing ${packages.join(", ")} ...`);
  await refreshPackageLists(options);
  await runQuietly(command);
}

function mayInstall({ isRoot, installs = true }: InstallOptions): boolean {
  return isRoot && installs;
}

/** Runs `apt-get update` if apt has no package lists, or if they are older than a day. */
export async function refreshPackageLists(options: InstallOptions): Promise<void> {
  const updated = await newestList();
  if (Date.now() - updated < MAX_LIST_AGE_MS) return;
  if (!mayInstall(options)) {
    if (updated > 0) return;
    throw new StartError("apt has no package lists; run: sudo apt-get update");
  }
  options.log("Updating Debian's package lists ...");
  try {
    await runQuietly("apt-get update");
  } catch (error) {
    // A third-party repository or the network may be down. The old lists may still be good enough.
    if ((await newestList()) === 0) throw error;
    options.log(`Going on with the old lists: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The time when the newest package list was written, in milliseconds since the epoch. 0 without lists. */
async function newestList(): Promise<number> {
  const names = await readdir(APT_LISTS).catch(() => []);
  const lists = names.filter((name) => /_Packages(?:\.\w+)?$/.test(name));
  const times = await Promise.all(lists.map(async (name) => (await stat(join(APT_LISTS, name))).ctimeMs));
  return Math.max(0, ...times);
}

async function isOnPath(program: string, path: string): Promise<boolean> {
  for (const directory of path.split(delimiter)) {
    const found = await access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** Shows the output only if the command fails. Its last lines say why. */
async function runQuietly(command: string): Promise<void> {
  const child = spawn("sh", ["-c", `${command} 2>&1`], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-MAX_SHOWN_OUTPUT);
  });
  await once(child, "close");
  if (child.exitCode !== 0) throw new StartError(`"${command}" failed:\n${output.trim()}`);
}

/** The longest output that is kept, in characters. */
const MAX_SHOWN_OUTPUT = 2000;
