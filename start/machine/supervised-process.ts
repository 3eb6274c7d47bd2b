import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { StartError } from "./start-error.ts";

export interface ProcessOptions {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  /** Options of Node for this process. */
  readonly nodeOptions?: readonly string[];
  readonly env: Variables;
  readonly log: (line: string) => void;
  /** Gets the process before it is ready, so that the caller can end it in the middle of its start. */
  readonly onStart?: (process: SupervisedProcess) => void;
  /** Gets each message of the process. */
  readonly onMessage?: (message: unknown) => void;
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface SupervisedProcess {
  /** Ends the process, and starts it again without a pause. Resolves when the old one has ended. */
  restart(env?: Variables): Promise<void>;
  /** Ends the process for good, within seconds. */
  stop(): Promise<void>;
  /** Lets the process end its work (SIGTERM), for a time in milliseconds at most. Then ends it for good. */
  drain(limitMs: number): Promise<void>;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** After a run of at least this time, the next pause is a short one again. */
const HEALTHY_AFTER_MS = 60_000;
/** Everything must have ended five seconds after Ctrl-C. */
const STOP_TIMEOUT_MS = 4500;

/** The pause before the next start. It grows each time, unless the last run was a long one. */
export function nextPause(lastPauseMs: number, ranMs: number): number {
  if (lastPauseMs === 0 || ranMs >= HEALTHY_AFTER_MS) return FIRST_PAUSE_MS;
  return Math.min(lastPauseMs * 2, LONGEST_PAUSE_MS);
}

/**
 * Starts a Node script and waits until it sends "ready". When the script ends later, it is started again after a
 * growing pause. Throws `StartError` if the first start fails.
 */
export async function startSupervised(options: ProcessOptions): Promise<SupervisedProcess> {
  let stopping = false;
  /** An abort means: start the process again at once. */
  let restart = new AbortController();
  let { env } = options;
  let child = startProcess({ ...options, env });

  async function keepRunning(): Promise<void> {
    let pause = 0;
    for (;;) {
      const started = Date.now();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      if (stopping) return;
      pause = restart.signal.aborted ? 0 : nextPause(pause, Date.now() - started);
      if (pause > 0) {
        options.log(`the ${options.name} ended (${describeEnd(child)}); starting it again in ${pause / 1000} s`);
        await sleep(pause, restart.signal);
      }
      if (stopping) return;
      if (restart.signal.aborted) restart = new AbortController();
      child = startProcess({ ...options, env });
    }
  }

  const supervised: SupervisedProcess = {
    async restart(changed = env) {
      env = changed;
      restart.abort();
      await stopProcess(child);
    },
    async stop() {
      stopping = true;
      await stopProcess(child);
    },
    async drain(limitMs) {
      stopping = true;
      await drainProcess(child, limitMs);
    },
  };
  options.onStart?.(supervised);
  if (!(await isReady(child))) throw new StartError(`the ${options.name} did not start; its message is above`);
  void keepRunning();
  return supervised;
}

/** Waits, or ends at once when the signal aborts. Does not keep this process running. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { ref: false, signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function startProcess({ script, args, nodeOptions = [], env, onMessage }: ProcessOptions): ChildProcess {
  // The channel ends with either process, so the child never outlives its supervisor.
  const child = fork(script, args, {
    env,
    execArgv: [...process.execArgv, ...nodeOptions],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  if (onMessage) child.on("message", onMessage);
  return child;
}

async function isReady(child: ChildProcess): Promise<boolean> {
  const ready = once(child, "message").then(() => true);
  const ended = once(child, "exit").then(() => false);
  return Promise.race([ready, ended]);
}

async function drainProcess(child: ChildProcess, limitMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const limit = new AbortController();
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await Promise.race([ended, sleep(limitMs, limit.signal)]);
  limit.abort();
  await stopProcess(child);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  // After SIGTERM, the origin would wait for its builds.
  child.kill("SIGINT");
  const timer = global.setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

function describeEnd(child: ChildProcess): string {
  return child.signalCode ?? `exit code ${child.exitCode}`;
}
