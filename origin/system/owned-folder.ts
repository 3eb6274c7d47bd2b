import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A process, as the names of its temporary folders write it. */
interface Owner {
  /** The namespace of its number. Containers can share a folder, and each has a process 1. */
  readonly namespace: string;
  readonly pid: string;
  /** When it began, in the kernel's units. A number of a process is used again some day. */
  readonly startedAt: string;
}

/** Longer than any work. So an older folder of another container belongs to a process that was killed. */
const STALE_AFTER_MS = 172_800_000;
const OWNED = /^(\d+)-(\d+)-(\d+)-\w+$/;
/** The place of the start in `/proc/<pid>/stat`, counted behind the program's name: man 5 proc_pid_stat. */
const START_FIELD = 19;

/** Makes a folder below `directory`. Its name says which process made it. */
export async function makeOwnedFolder(directory: string, prefix: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return mkdtemp(join(directory, await ownedName(prefix)));
}

/** The beginning of a name that says which process made the file or folder. Letters or digits must follow. */
export async function ownedName(prefix: string): Promise<string> {
  const { namespace, pid, startedAt } = await thisProcess();
  return `${prefix}${namespace}-${pid}-${startedAt}-`;
}

/** Runs `work` with a new folder, and removes the folder afterwards. */
export async function withOwnedFolder<T>(
  directory: string,
  prefix: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeOwnedFolder(directory, prefix);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes files and folders whose process was killed. `prefix` is the one that they were made with. */
export async function removeOrphans(directory: string, prefix: string, nowMs: number): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const { namespace } = await thisProcess();
  for (const name of names) {
    const [, place, pid = "", startedAt] = (name.startsWith(prefix) && OWNED.exec(name.slice(prefix.length))) || [];
    if (place === undefined) continue;
    const path = join(directory, name);
    const isOrphan = place === namespace ? (await startOf(pid)) !== startedAt : await isStale(path, nowMs);
    // It cannot remove folders of other users, and ignores that.
    if (isOrphan) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isStale(path: string, nowMs: number): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && nowMs - status.mtimeMs > STALE_AFTER_MS;
}

async function thisProcess(): Promise<Owner> {
  const pid = String(process.pid);
  const namespace = /\d+/.exec(await readlink("/proc/self/ns/pid"))?.[0] ?? "0";
  return { namespace, pid, startedAt: (await startOf(pid)) ?? "0" };
}

/** Undefined if there is no such process. */
async function startOf(pid: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The program's name is in parentheses, and can have spaces and parentheses itself.
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[START_FIELD];
}
