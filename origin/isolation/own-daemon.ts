import { join } from "node:path";
import { ABSENT_PATH, STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { pathExists } from "../system/path-exists.ts";
import { ownEnvironment } from "./environments.ts";
import { buildLimits } from "./limits.ts";
import { BUILD_GROUP, linesOf, type Machine } from "./machine.ts";
import { type NixDaemon, startNixDaemon } from "./nix-daemon.ts";
import { machineSettings } from "./machine-settings.ts";
import { readNixFiles } from "./nix-conf-file.ts";
import { daemonConfiguration, type DaemonSettings } from "./nix-settings.ts";
import { withOwnShell } from "./sandbox-shell.ts";

export interface OwnDaemonOptions {
  /** The machine's environment, without secrets: PATH, the home, proxies. */
  readonly env: Readonly<Record<string, string>>;
  readonly daemon: Omit<DaemonSettings, "buildGroup" | "machine">;
  /** MiB that one process of a build may write to. */
  readonly buildMib: number;
  /** Maximum size of one file that a build writes. */
  readonly maxFileBytes: number;
}

/** The Nix daemon that works for this process only. */
export interface OwnDaemon {
  /** Starts the daemon if it does not run. Undefined if another user owns the store: then that user's daemon works. */
  ensure(machine: Machine): Promise<NixDaemon | undefined>;
  /** Ends the daemon for good. */
  close(): Promise<void>;
}

export function createOwnDaemon(options: OwnDaemonOptions): OwnDaemon {
  let daemon: Promise<NixDaemon> | undefined;
  let isClosed = false;
  return {
    async ensure(machine) {
      if (!machine.ownsStore) {
        // If nobody has used the machine's daemon yet, there is no store. If the daemon does not answer, the caller's own
        // program says so.
        await ensureStore(machine, options.env, undefined).catch(() => {});
        return undefined;
      }
      const started = daemon;
      const last = await started?.catch(() => undefined);
      if (last && !(await last.isReachable())) {
        await last.close();
        // Meanwhile, another call may have started a new daemon.
        if (daemon === started) daemon = undefined;
      }
      if (isClosed) throw new Error("the origin is stopping");
      daemon ??= startDaemon(machine, options);
      daemon.catch(() => (daemon = undefined));
      return daemon;
    },
    async close() {
      isClosed = true;
      await (await daemon?.catch(() => undefined))?.close();
    },
  };
}

async function startDaemon(
  machine: Machine,
  { env, daemon, buildMib, maxFileBytes }: OwnDaemonOptions,
): Promise<NixDaemon> {
  const { nixFolder, prlimit, hasBuildUsers, isRoot } = machine;
  const settings = {
    ...daemon,
    buildGroup: hasBuildUsers ? BUILD_GROUP : undefined,
    machine: await withOwnShell(await machineSettings(nixFolder, env, await readNixFiles(daemon)), nixFolder),
  };
  const limits = buildLimits({ memoryMib: buildMib, fileBytes: maxFileBytes, hasUsers: hasBuildUsers });
  const [file, ...args] = [...endsWithParent(machine), prlimit, ...limits, "--", join(nixFolder, "nix-daemon")];
  const command = { file, args, env: ownEnvironment(env, undefined) };
  const started = await startNixDaemon({ command, configuration: daemonConfiguration(settings), isShared: isRoot });
  await ensureStore(machine, env, started.remote);
  return started;
}

/**
 * The beginning of a command line that ends a program when its parent ends, even if the parent is killed. tini also
 * waits for all processes that builders leave behind. Until somebody waits for an ended process, the kernel counts it
 * as one of its user's processes, so the next build of that user could start none.
 */
function endsWithParent({ setpriv, tini }: Machine): [string, ...string[]] {
  const own: [string, ...string[]] = [setpriv, "--pdeathsig", "TERM", "--"];
  return tini === undefined ? own : [tini, "-s", "-p", "SIGTERM", "--", ...own];
}

/** A jail cannot show a missing store. Nix makes the store at its first query, so this function sends one. */
async function ensureStore(
  { nixFolder }: Machine,
  env: Readonly<Record<string, string>>,
  remote: string | undefined,
): Promise<void> {
  if (await pathExists(STORE_DIRECTORY)) return;
  const args = ["--check-validity", "--print-invalid", ABSENT_PATH];
  await linesOf({ file: join(nixFolder, "nix-store"), args, env: ownEnvironment(env, remote) });
}
