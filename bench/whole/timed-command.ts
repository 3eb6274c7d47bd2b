import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { REPOSITORY } from "../starter.ts";

export interface Timed {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The output of the command, without the report of `times`. */
  readonly output: string;
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs a command of a shell, with arguments as `$1` and so on, in the folder of this repository. */
export async function timed(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Timed> {
  const started = performance.now();
  const { stdout } = await promisify(execFile)("sh", ["-ec", `${command}\ntimes`, "sh", ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, ...env },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  const seconds = (performance.now() - started) / 1000;
  const lines = stdout.trimEnd().split("\n");
  // The last line is about the shell's children: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
  return { seconds, cpuSeconds: parseTimes(lines.at(-1) ?? ""), output: lines.slice(0, -2).join("\n") };
}

/** The sum of the times in a line such as `0m5.120s 0m0.400s`, in seconds. */
export function parseTimes(line: string): number {
  const times = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  if (times.length === 0) throw new TypeError(`times printed ${JSON.stringify(line)}`);
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}
