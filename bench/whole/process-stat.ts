/** A process, as `/proc/<pid>/stat` tells: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** The process, its threads, and its children that have ended. */
  readonly cpuSeconds: number;
}

/** Linux counts in these, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;
/** Fields behind the name of the program. The first one is the state. */
const PARENT = 1;
const [USER, CHILDREN_SYSTEM] = [11, 14];

/** Reads the text of `/proc/<pid>/stat`. Returns undefined if the text has another form. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The name may have spaces and brackets.
  const nameEnd = text.lastIndexOf(")");
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(nameEnd + 2).split(" ");
  const ticks = fields.slice(USER, CHILDREN_SYSTEM + 1).reduce((sum, field) => sum + Number(field), 0);
  const parent = Number(fields[PARENT]);
  if (nameEnd < 0 || [pid, parent, ticks].some(Number.isNaN)) return undefined;
  return { pid, parent, cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** The process with this id, its children, their children, and so on. */
export function treeOf(root: number, all: readonly ProcessStat[]): ProcessStat[] {
  const members = all.filter(({ pid }) => pid === root);
  // A list grows while a loop reads it.
  for (const { pid } of members) members.push(...all.filter(({ parent }) => parent === pid));
  return members;
}

/** The highest resident memory so far, in bytes, from the text of `/proc/<pid>/status`. 0 if the text has none. */
export function peakOf(status: string): number {
  return bytesOf(status, "VmHWM");
}

/** The resident memory, in bytes, from the text of `/proc/<pid>/status`. 0 if the text has none. */
export function residentOf(status: string): number {
  return bytesOf(status, "VmRSS");
}

/** Linux counts in KiB. */
function bytesOf(status: string, field: string): number {
  const [, kib = "0"] = new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status) ?? [];
  return Number(kib) * 1024;
}
