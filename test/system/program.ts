import { execFile, type ExecFileException, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a program to its end. Any exit code is fine. */
export function run(file: string, args: readonly string[], { env, cwd }: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = {
      env: { ...(env ?? process.env) },
      maxBuffer: MAX_OUTPUT_BYTES,
      ...(cwd === undefined ? {} : { cwd }),
    };
    execFile(file, args, options, (error: ExecFileException | null, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

/** Runs a program that must succeed. Returns its standard output. */
export async function output(file: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options);
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

const MAX_KILL_DELAY_MS = 300;

/** Runs a program, and kills it with SIGKILL at a random moment after it has written a text to standard error. */
export async function killAfter(
  text: string,
  file: string,
  args: readonly string[],
  env: RunOptions["env"],
): Promise<void> {
  const child = spawn(file, args, { env: { ...env }, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  let written = "";
  child.stderr.setEncoding("utf8");
  for await (const chunk of child.stderr) {
    written += String(chunk);
    if (written.includes(text)) break;
  }
  await setTimeout(Math.random() * MAX_KILL_DELAY_MS);
  child.kill("SIGKILL");
  await ended;
}

/** The process ids of all processes whose command line contains the text. Reads /proc: not every machine has ps. */
export async function processesWith(text: string): Promise<number[]> {
  const names = await readdir("/proc");
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = await Promise.all(pids.map(commandLine));
  return pids.filter((pid, position) => pid !== process.pid && lines[position]?.includes(text));
}

/** The first process that a process has started, itself or through others, and whose command line contains the text. */
export async function descendantWith(ancestor: number | undefined, text: string): Promise<number | undefined> {
  for (const pid of await processesWith(text)) {
    for (let parent = pid; parent > 1; parent = await parentOf(parent)) if (parent === ancestor) return pid;
  }
  return undefined;
}

/** Zero if the process has ended in the meantime. See proc(5): the name, in brackets, may hold spaces. */
async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2] ?? 0);
}

/** Empty if the process has ended in the meantime, or is a zombie. */
async function commandLine(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text.replaceAll("\0", " ");
}
