import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Architecture } from "../../protocol/image-name.ts";
import { commandLine, debug } from "../system/debug.ts";
import { type Apt, type AptLists, listTargets } from "./apt.ts";
import { StarterSetError } from "./starter-error.ts";

/** apt for an architecture that is not this machine's. */
export interface ForeignApt extends Apt {
  readonly architecture: Architecture;
  /** The folder of its lists. This machine's own apt never sees them. */
  readonly directory: string;
}

/** apt with the sources, keys and proxies of this machine, and with lists of its own in a folder. */
export function foreignApt(architecture: Architecture, directory: string): ForeignApt {
  const settings = {
    "APT::Architecture": architecture,
    "APT::Architectures": architecture,
    "Dir::State::Lists": join(directory, "lists"),
  };
  return { architecture, directory, options: optionsOf(settings) };
}

/** Settings of an update. It must fetch nothing but lists of packages, and change nothing else on this machine. */
const UPDATE_SETTINGS = {
  "Acquire::Languages": "none",
  "Acquire::Retries": "3",
  // The user of apt's downloads cannot reach a private folder.
  "APT::Sandbox::User": "root",
  // Otherwise, apt succeeds without the lists of a server that does not answer.
  "APT::Update::Error-Mode": "any",
  "pkgCacheFile::Generate": "false",
} as const;

interface UpdateOptions {
  /** The state of this machine's own lists. */
  readonly state: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * Fetches the lists of a foreign architecture, if this machine's own lists have changed since the last time. So both are
 * about as old. apt checks their signatures. If an update fails, earlier lists stay in use. Throws StarterSetError if there
 * are none.
 */
export async function updateForeignLists(apt: ForeignApt, { state, signal, log }: UpdateOptions): Promise<void> {
  const updated = join(apt.directory, "updated-for");
  const before = await readFile(updated, "utf8").catch(() => undefined);
  if (before === state) return;
  log(`Fetching Debian's package lists for ${apt.architecture} ...`);
  try {
    await mkdir(join(apt.directory, "lists/partial"), { recursive: true });
    await update(apt, signal);
    await writeFile(updated, state);
  } catch (cause) {
    signal.throwIfAborted();
    const message = `apt cannot fetch Debian's package lists for ${apt.architecture}: ${reasonOf(cause)}`;
    if (before === undefined) throw new StarterSetError("NO_PACKAGE_LISTS", message, { cause });
    log(`Going on with the old lists: ${message}`);
  }
}

async function update({ options }: ForeignApt, signal: AbortSignal): Promise<void> {
  const args = ["-q", ...options, ...optionsOf(UPDATE_SETTINGS), "update"];
  debug(() => `run ${commandLine("apt-get", args)}`);
  await promisify(execFile)("apt-get", args, { signal, env: { ...process.env, LC_ALL: "C" } });
}

/**
 * Finds the lists of a foreign architecture. Throws StarterSetError if an archive of this machine's own lists is missing: then
 * the set would lack packages, or have old ones.
 */
export async function findForeignLists(apt: ForeignApt, own: AptLists, signal: AbortSignal): Promise<AptLists> {
  const { architecture } = apt;
  const targets = await listTargets(apt, signal);
  const known = new Set(targets.map(({ archive }) => archive));
  const missing = own.targets.map(({ archive }) => archive).filter((archive) => !known.has(archive));
  if (missing.length === 0) return { architecture, targets };
  const archives = [...new Set(missing)].toSorted().join(", ");
  const message = `apt's sources must name packages for ${architecture}, too: they do not for ${archives}`;
  throw new StarterSetError("NO_PACKAGE_LISTS", message);
}

function optionsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** apt's first error. */
function reasonOf(cause: unknown): string {
  const output = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : "";
  const line = output.split("\n").find((each) => each.startsWith("E: "));
  return line?.slice(3) ?? (cause instanceof Error ? cause.message : String(cause));
}
