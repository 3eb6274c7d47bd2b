import { writeFile } from "node:fs/promises";
import { readProcesses, processText } from "./processes.ts";
import { parseProcessStat, peakOf, residentOf, treeOf } from "./whole/process-stat.ts";

/** What a process has used. */
export interface WorkerdUsage {
  /** Since its start. */
  readonly cpuSeconds: number;
  /** Bytes. */
  readonly residentBytes: number;
  /** The highest resident memory since its start, or since `forgetPeak`. Bytes. */
  readonly peakBytes: number;
}

/** The process with the name `workerd` among a process's descendants. Miniflare does not tell its id. */
export async function findWorkerd(root: number): Promise<number> {
  for (const { pid } of treeOf(root, await readProcesses())) {
    if ((await processText(pid, "comm")).trim() === "workerd") return pid;
  }
  throw new Error("no workerd is running");
}

export async function workerdUsage(pid: number): Promise<WorkerdUsage> {
  const [stat, status] = await Promise.all([processText(pid, "stat"), processText(pid, "status")]);
  const { cpuSeconds = NaN } = parseProcessStat(stat) ?? {};
  return { cpuSeconds, residentBytes: residentOf(status), peakBytes: peakOf(status) };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html */
const RESET_PEAK = "5";

/** Makes the peak of a process that of the time from now on. */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, RESET_PEAK);
}
