import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { StartError } from "./start-error.ts";

interface ProcessOptions {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

export interface SupervisedProcess {
  /** Ends the process, and restarts no more. */
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** A process that ran this long was well: the next pause is the first again. */
const HEALTHY_AFTER_MS = 60_000;
/** Five seconds after Ctrl-C everything has to be gone. */
const STOP_TIMEOUT_MS = 4500;

/** How long to wait before the next start: longer each time, unless the last run was a long one. */
export function nextPause(lastPauseMs: number, ranMs: number): number {
  if (lastPauseMs === 0 || ranMs >= HEALTHY_AFTER_MS) return FIRST_PAUSE_MS;
  return Math.min(lastPauseMs * 2, LONGEST_PAUSE_MS);
}

/**
 * Starts a Node script and waits until it sends "ready". From then on it is started again whenever it
 * ends, after a growing pause. Throws `StartError` when the first start fails.
 */
export async function startSupervised(options: ProcessOptions): Promise<SupervisedProcess> {
  let stopping = false;
  let child = startProcess(options);
  if (!(await isReady(child))) throw new StartError(`the ${options.name} did not start; its message is above`);

  async function keepRunning(): Promise<void> {
    let pause = 0;
    for (;;) {
      const started = Date.now();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      if (stopping) return;
      pause = nextPause(pause, Date.now() - started);
      options.log(`the ${options.name} ended (${describeEnd(child)}); starting it again in ${pause / 1000} s`);
      await setTimeout(pause, undefined, { ref: false });
      if (stopping) return;
      child = startProcess(options);
    }
  }
  void keepRunning();

  return {
    async stop() {
      stopping = true;
      await stopProcess(child);
    },
  };
}

function startProcess({ script, args, env }: ProcessOptions): ChildProcess {
  // The channel between us ends with either side: a child never outlives its supervisor.
  return fork(script, args, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

async function isReady(child: ChildProcess): Promise<boolean> {
  const ready = once(child, "message").then(() => true);
  const ended = once(child, "exit").then(() => false);
  return Promise.race([ready, ended]);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = global.setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

function describeEnd(child: ChildProcess): string {
  return child.signalCode ?? `exit code ${child.exitCode}`;
}
