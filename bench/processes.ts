import { readdir, readFile } from "node:fs/promises";
import { parseProcessStat, type ProcessStat } from "./whole/process-stat.ts";

/** All processes of this machine. */
export async function readProcesses(): Promise<ProcessStat[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => processText(Number(pid), "stat")));
  return texts.flatMap((text) => parseProcessStat(text) ?? []);
}

/** The text of a file in `/proc/<pid>/`. A process may end at any moment. Then the text is empty. */
export function processText(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}
