import { join } from "node:path";
import { ABSENT_PATH, STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { pathExists } from "../system/path-exists.ts";
import { ownEnvironment, ownFolders } from "./environments.ts";
import { buildLimits } from "./limits.ts";
import { BUILD_GROUP, linesOf, type Machine } from "./machine.ts";
import { type NixDaemon, startNixDaemon } from "./nix-daemon.ts";
import { daemonConfiguration, type DaemonSettings, parseMachineSettings } from "./nix-settings.ts";
import { withScratch } from "./scratch.ts";

export interface OwnDaemonOptions {
  /** The machine's environment, without secrets: PATH, the home, proxies. */
  readonly env: Readonly<Record<string, string>>;
  readonly daemon: Pick<DaemonSettings, "sandbox" | "substituters" | "maxJobs">;
  /** MiB that one process of a build may write to. */
  readonly buildMib: number;
  /** Of one file that a build writes. */
  readonly maxFileBytes: number;
}

/** The daemon of Nix that works for this process alone. */
export interface OwnDaemon {
  /** Starts the daemon, unless it runs. Undefined where another user owns the store: its daemon works there. */
  ensure(machine: Machine): Promise<NixDaemon | undefined>;
  /** Ends the daemon. Nothing starts it again. */
  close(): Promise<void>;
}

const NO_HOME = "/var/empty";

export function createOwnDaemon(options: OwnDaemonOptions): OwnDaemon {
  let daemon: Promise<NixDaemon> | undefined;
  let isClosed = false;
  return {
    async ensure(machine) {
      if (!machine.ownsStore) return undefined;
      const started = daemon;
      const last = await started?.catch(() => undefined);
      if (last && !(await last.isReachable())) {
        await last.close();
        // Another call may have started the next one meanwhile.
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
  const { nixFolder, prlimit, setpriv, hasBuildUsers, isRoot } = machine;
  const settings = {
    ...daemon,
    buildGroup: hasBuildUsers ? BUILD_GROUP : undefined,
    machine: await machineSettings(nixFolder, env),
  };
  const limits = buildLimits({ memoryMib: buildMib, fileBytes: maxFileBytes, hasUsers: hasBuildUsers });
  const args = ["--pdeathsig", "TERM", "--", prlimit, ...limits, "--", join(nixFolder, "nix-daemon")];
  const command = { file: setpriv, args, env: ownEnvironment(env, undefined) };
  const started = await startNixDaemon({ command, configuration: daemonConfiguration(settings), isShared: isRoot });
  if (!(await pathExists(STORE_DIRECTORY))) await makeStore(machine, env, started);
  return started;
}

/** Nix knows where its configuration is. It wants folders of its own that can be written, whatever the home. */
function machineSettings(
  nixFolder: string,
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  return withScratch(undefined, async (folder) => {
    const config = { XDG_CONFIG_HOME: join(env["HOME"] ?? NO_HOME, ".config") };
    const variables = { ...env, ...ownFolders(folder), ...config, HOME: folder };
    const args = ["--extra-experimental-features", "nix-command", "show-config"];
    return parseMachineSettings(await linesOf({ file: join(nixFolder, "nix"), args, env: variables }));
  });
}

/** Nix makes the store when it is first asked for something. A jail cannot show what is not there. */
async function makeStore(
  { nixFolder }: Machine,
  env: Readonly<Record<string, string>>,
  { remote }: NixDaemon,
): Promise<void> {
  const args = ["--check-validity", "--print-invalid", ABSENT_PATH];
  await linesOf({ file: join(nixFolder, "nix-store"), args, env: ownEnvironment(env, remote) });
}
