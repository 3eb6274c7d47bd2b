import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { pathExists } from "./path-exists.ts";
import { codeOf } from "./error-code.ts";
import { StartError } from "./start-error.ts";

/** Packages of another Debian suite. */
export interface SuiteOptions {
  /** Such as `trixie`. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** The folder that stands for the root directory. Another version may stand beside it. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** Changes the unpacked files before `root` exists. They are in `partial` now. */
  readonly prepare?: (partial: string, run: Run) => Promise<void>;
}

/** Runs a program to its end, and returns what it printed. */
export type Run = (file: string, args: readonly string[]) => Promise<string>;

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const USUAL_SITE = "http://deb.debian.org/debian";
/** Seconds without an answer until apt gives up a server. */
const APT_TIMEOUT_S = "15";
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** apt says this about lists from another time, as the machine sees it. */
const WRONG_TIME = /not valid yet|not yet valid|is expired|Not live until/;

/**
 * Unpacks packages of another Debian suite, with their libraries, into a folder of their own. The machine's own packages
 * stay as they are. apt checks the packages with Debian's signatures. The folder appears in one step, whole. Throws
 * `StartError`.
 */
export async function unpackSuite({ suite, packages, root, signal, prepare }: SuiteOptions): Promise<void> {
  if (await pathExists(root)) return;
  const run = runnerFor(signal);
  const scratch = await newScratch(root);
  try {
    const partial = join(scratch, "root");
    await unpack({ suite, packages, scratch, partial, run });
    await prepare?.(partial, run);
    // The last step. If the folder exists, everything is complete. Another process may have been first.
    await rename(partial, root).catch(async (error: unknown) => {
      if (!(await pathExists(root))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The name has the id of this process, so that a later start can remove the folder of a killed one. */
async function newScratch(root: string): Promise<string> {
  const [parent, name] = [dirname(root), basename(root)];
  await mkdir(parent, { recursive: true });
  for (const other of await readdir(parent)) {
    const pid = other.startsWith(`${name}.`) ? Number(other.slice(name.length + 1).split("-")[0]) : 0;
    if (pid > 0 && !(await pathExists(`/proc/${pid}`))) await rm(join(parent, other), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `${name}.${process.pid}-`));
}

interface Unpacking extends Pick<SuiteOptions, "suite" | "packages"> {
  readonly scratch: string;
  readonly partial: string;
  readonly run: Run;
}

async function unpack({ suite, packages, scratch, partial, run }: Unpacking): Promise<void> {
  const apt = join(scratch, "apt");
  const archives = join(apt, "cache/archives");
  for (const folder of [partial, join(apt, "lists/partial"), join(archives, "partial")])
    await mkdir(folder, { recursive: true });
  await writeFile(join(apt, "sources.list"), `deb [signed-by=${KEYRING}] ${await debianSite(run)} ${suite} main\n`);
  await writeFile(join(apt, "status"), "");
  await run("apt-get", [...ownApt(apt), "update"]);
  await run("apt-get", [...ownApt(apt), "install", "--yes", "--download-only", ...packages]);
  for (const name of (await readdir(archives)).filter((each) => each.endsWith(".deb")))
    await run("dpkg-deb", ["--extract", join(archives, name), partial]);
}

/** The mirror that this machine uses for Debian's main archive. Without package lists, apt knows no label. */
async function debianSite(run: Run): Promise<string> {
  const targets = await run("apt-get", ["indextargets", "--format", "$(LABEL) $(SITE)"]);
  const sites = targets.split("\n").map((line) => line.split(" "));
  const labelled = sites.find(([label]) => label === "Debian")?.[1];
  return labelled ?? sites.map((words) => words.at(-1) ?? "").find((site) => /\/debian\/?$/.test(site)) ?? USUAL_SITE;
}

/** Options of an apt that has its own lists, cache and state. The machine's proxies count. */
function ownApt(folder: string): string[] {
  const settings = {
    "Dir::Etc::SourceList": join(folder, "sources.list"),
    "Dir::Etc::SourceParts": "/nonexistent",
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::State::Status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Sandbox::User": "root",
    "APT::Install-Recommends": "false",
    // Otherwise, apt goes on without the lists of a server that does not answer.
    "APT::Update::Error-Mode": "any",
    "Acquire::Languages": "none",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": APT_TIMEOUT_S,
    "Acquire::https::Timeout": APT_TIMEOUT_S,
  };
  return ["-q", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}

function runnerFor(signal: AbortSignal): Run {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  return async (file, args) => {
    try {
      const { stdout } = await promisify(execFile)(file, args, { env, signal, maxBuffer: MAX_OUTPUT_BYTES });
      return stdout;
    } catch (cause) {
      signal.throwIfAborted();
      const isMissing = codeOf(cause) === "ENOENT";
      throw new StartError(isMissing ? `this machine has no ${file}` : `${file} failed: ${reasonOf(cause)}`, { cause });
    }
  };
}

/** apt's first error, in one line. */
function reasonOf(error: unknown): string {
  const output = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((each) => each.startsWith("E: "))?.slice(3) ?? lines.at(-1);
  const reason = line ?? (error instanceof Error ? error.message : String(error));
  return WRONG_TIME.test(output) ? `${reason} (is the clock of this machine right?)` : reason;
}
