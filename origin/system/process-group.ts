import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Command } from "./command.ts";
import { hasCode } from "./error-code.ts";

/** Time for a program to end by itself before it is killed. Nix needs this time to end its builders. */
const TERMINATION_GRACE_MS = 3000;

/** Starts a program in a process group of its own. So one signal reaches all its children, too. */
export function startGroup({ file, args, env }: Command): ChildProcessWithoutNullStreams {
  return spawn(file, args, { env, stdio: ["pipe", "pipe", "pipe"], detached: true });
}

/** Ends a program with all its children. */
export async function terminateGroup(child: ChildProcess): Promise<void> {
  // It never started.
  if (child.pid === undefined) return;
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), TERMINATION_GRACE_MS);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  clearTimeout(timer);
  // The command itself has ended. This kills its children that are left in the group.
  signalGroup(child, "SIGKILL");
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}
