import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

import { commandLine, debug } from "../system/debug.ts";
import { type DebianPackage, PackageLists } from "./package-list.ts";
import { StarterSetError } from "./starter-error.ts";

const APT_HELPER = "/usr/lib/apt/apt-helper";
const UPDATE_HINT = "run `apt-get update` as root and start again";
const TARGET_FORMAT = "$(FILENAME)\t$(REPO_URI)\t$(ORIGIN)\t$(LABEL)/$(CODENAME)\t$(ARCHITECTURE)\t$(VERSION)";

/** apt for one architecture. */
export interface Apt {
  /** Debian's name of the architecture. */
  readonly architecture: string;
  /** Options of apt's programs. This machine's own apt needs none. */
  readonly options: readonly string[];
}

/** apt's lists of Debian's own archives. `apt-get update` has checked their signatures. */
export interface AptLists {
  readonly architecture: string;
  readonly targets: readonly IndexTarget[];
}

interface IndexTarget {
  readonly file: string;
  readonly mirror: string;
  readonly archive: string;
  /** The version of the release: `13.1`, or `13` for its security updates. Empty for one that is not released yet. */
  readonly release: string;
}

/** This machine's apt, as its administrator has set it up. */
export async function machineApt(signal: AbortSignal): Promise<Apt> {
  return { architecture: (await runApt("dpkg", ["--print-architecture"], signal)).trim(), options: [] };
}

/**
 * Finds apt's lists, without the repositories of other vendors. So two machines with the same state of Debian's
 * archives have the same packages. Does not read the lists.
 */
export async function findAptLists(apt: Apt, signal: AbortSignal): Promise<AptLists> {
  const targets = await listTargets(apt, signal);
  if (targets.length === 0) {
    throw new StarterSetError("NO_PACKAGE_LISTS", `apt has no package lists of Debian's archives: ${UPDATE_HINT}`);
  }
  return { architecture: apt.architecture, targets };
}

/** All packages of the lists, by name. Reading takes seconds. */
export async function readAptLists(
  { architecture, targets }: AptLists,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DebianPackage>> {
  const lists = new PackageLists();
  for (const target of targets) {
    await readList(target.file, signal, (list) => lists.add(list, target.archive, architecture));
  }
  return lists.packages;
}

/** apt's lists of Debian's archives. None if there has been no update, or if apt's sources name none. */
export async function listTargets({ architecture, options }: Apt, signal: AbortSignal): Promise<IndexTarget[]> {
  const query = [...options, "indextargets", "--format", TARGET_FORMAT, "Created-By: Packages"];
  const list = await runApt("apt-get", query, signal);
  return list.split("\n").flatMap((line) => {
    const [file, mirror, origin, archive, listed, release = ""] = line.split("\t");
    if (!file || !mirror || !archive || origin !== "Debian" || listed !== architecture) return [];
    return [{ file, mirror: mirror.replace(/\/*$/, "/"), archive, release }];
  });
}

/** Runs a program of apt or dpkg, and returns what it printed. Throws StarterSetError. */
export async function runApt(command: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    // Without this, apt translates its messages and field names.
    const env = { ...process.env, LC_ALL: "C" };
    debug(() => `run ${commandLine(command, args)}`);
    const { stdout } = await promisify(execFile)(command, args, { signal, env, maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  } catch (cause) {
    signal.throwIfAborted();
    throw new StarterSetError(
      "NO_APT",
      `the starter set needs apt, because it consists of Debian's packages. \`${command}\` failed: choose a package source ` +
        "with CORNICE_CHANNEL, CORNICE_PKGS_REPO or CORNICE_PKGS_PATH",
      { cause },
    );
  }
}

/** Reads a list with apt's helper. apt can store a list in several compressed formats, and its helper reads all. */
async function readList(
  file: string,
  signal: AbortSignal,
  parse: (list: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const args = ["cat-file", file];
  debug(() => `run ${commandLine(APT_HELPER, args)}`);
  const child = spawn(APT_HELPER, args, { signal, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const closed: Promise<readonly unknown[]> = once(child, "close");
    const [, [code]] = await Promise.all([parse(child.stdout), closed]);
    if (code !== 0) throw new Error(`${APT_HELPER} cat-file ${file} ended with status ${String(code)}`);
  } catch (cause) {
    signal.throwIfAborted();
    throw new StarterSetError("BAD_PACKAGE_LISTS", `apt's list ${file} cannot be read: ${UPDATE_HINT}`, { cause });
  }
}
