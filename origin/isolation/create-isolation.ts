import { chown, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OciError } from "../../protocol/oci-error.ts";
import type { Command } from "../system/command.ts";
import { pathExists } from "../system/path-exists.ts";
import { confinedEnvironment, neededFiles, ownEnvironment } from "./environments.ts";
import { type Isolation, type NixProgram, type Owner, placesOf, type Share, type Sight } from "./isolation.ts";
import { becomeUser, jail, JAIL_HOME, JAIL_TEMPORARY, type JailBase } from "./jail.ts";
import { evaluationLimits } from "./limits.ts";
import { describeMachine, inspectMachine, type Machine } from "./machine.ts";
import { createMachineDaemon } from "./machine-daemon.ts";
import { machineSettings } from "./machine-settings.ts";
import { readNixFiles } from "./nix-conf-file.ts";
import type { NixDaemon } from "./nix-daemon.ts";
import { createOwnDaemon, type OwnDaemonOptions } from "./own-daemon.ts";
import { isReachable } from "./reachable.ts";
import { makeScratch, withScratch } from "./scratch.ts";

export interface IsolationOptions extends OwnDaemonOptions {
  /** MiB that one evaluation may take. */
  readonly evaluationMib: number;
  /** The folder of Nix's programs, or one of them. Undefined means the first Nix on PATH. */
  readonly nixBin?: string | undefined;
}

const MACHINE_SOCKET_FOLDER = "/nix/var/nix/daemon-socket";

/** The isolation inspects the machine and starts a daemon when the first program runs, not before. */
export function createIsolation(options: IsolationOptions): Isolation {
  let machine: Promise<Machine> | undefined;
  const daemon = createOwnDaemon(options);
  const machineDaemon = createMachineDaemon(options);
  /** The addresses of the binary caches in the settings. */
  let caches: readonly string[] | undefined;
  /** The home without a jail. In a jail, the home is in memory. */
  let home: Promise<string> | undefined;

  async function homeOf({ bwrap, user }: Machine): Promise<string> {
    if (bwrap !== undefined) return JAIL_HOME;
    home ??= makeScratch(user);
    return home;
  }

  function machineOnce(): Promise<Machine> {
    machine ??= inspectMachine(options.env, options.nixBin);
    // The next call tries again: the operator may have installed the missing program.
    machine.catch(() => (machine = undefined));
    return machine;
  }

  async function cachesOf({ nixFolder }: Machine): Promise<readonly string[]> {
    const { substituters } = options.daemon;
    const settings = async () => machineSettings(nixFolder, options.env, await readNixFiles(options.daemon));
    const text = substituters ?? (await settings()).get("substituters") ?? "";
    return text.split(/\s+/).filter((cache) => cache !== "");
  }

  return {
    places: [...placesOf(options.env), [options.nixBin ?? "", "NIX"]],
    async confined(program, args, sight) {
      const there = await machineOnce();
      const own = await daemon.ensure(there);
      await checkReadable(sight);
      const scratch = sight.scratch ?? (await homeOf(there));
      const clientArguments = own ? [] : await machineDaemon.options(there);
      return confine(there, own, options, { program, args, sight, scratch, clientArguments });
    },
    async own(program, args, share) {
      const there = await machineOnce();
      const own = await daemon.ensure(there);
      const words = [
        ...(share ? shareOf(there, options, share) : []),
        join(there.nixFolder, program),
        ...(own ? [] : await machineDaemon.options(there)),
        ...args,
      ];
      const [file = "", ...rest] = words;
      return { file, args: rest, env: ownEnvironment(options.env, own?.remote) };
    },
    async caches() {
      const there = await machineOnce();
      caches ??= await cachesOf(there);
      const ignored = there.ownsStore ? [] : await machineDaemon.ignoredCaches(there);
      return caches.filter((cache) => !ignored.includes(cache));
    },
    async cacheOptions() {
      const { netrcFile } = options.daemon;
      return netrcFile === undefined ? [] : ["--option", "netrc-file", netrcFile];
    },
    withScratch: async (work) => withScratch((await machineOnce()).user, work),
    nixVersion: async () => (await machineOnce()).nixVersion,
    async report() {
      const there = await machineOnce();
      const { summary, gaps } = describeMachine(there, options.daemon);
      const gap = there.ownsStore ? undefined : await machineDaemon.gap(there);
      return { summary, gaps: gap === undefined ? gaps : [...gaps, gap] };
    },
    async close() {
      await daemon.close();
      if (home) await rm(await home, { recursive: true, force: true });
    },
  };
}

/** bubblewrap cannot show a missing path, and its message would not help the client. */
async function checkReadable({ readable }: Sight): Promise<void> {
  const [missing] = (await Promise.all(readable.map(async (path) => ((await pathExists(path)) ? [] : [path])))).flat();
  if (missing === undefined) return;
  throw new OciError("MANIFEST_UNKNOWN", "the package source does not exist at the configured path", {
    cause: new Error(`${missing} does not exist`),
  });
}

interface ConfinedCall {
  readonly program: NixProgram;
  readonly args: readonly string[];
  readonly sight: Sight;
  /** The folder that the program may write to, by its path outside of the jail. */
  readonly scratch: string;
  /** Options for a client of the machine's own daemon. */
  readonly clientArguments: readonly string[];
}

async function confine(
  machine: Machine,
  daemon: NixDaemon | undefined,
  options: IsolationOptions,
  { program, args, sight, scratch, clientArguments }: ConfinedCall,
): Promise<Command> {
  const { nixFolder, bwrap, system, isRoot, setpriv } = machine;
  const { env } = options;
  const readable = [...sight.readable, ...neededFiles(sight, env)];
  const user = await whoEvaluates(machine, { ...sight, readable });
  if (user && sight.links !== undefined) await chown(sight.links, user.uid, user.gid);
  const base: JailBase = {
    system,
    nixPrefix: dirname(nixFolder),
    socketFolder: daemon?.socketFolder ?? MACHINE_SOCKET_FOLDER,
  };
  const who = { isRoot, becomesAnother: user !== undefined };
  const isUserOwn = user !== undefined && user === machine.user;
  const [file = "", ...rest] = [
    ...(bwrap === undefined ? [] : [bwrap, ...jail(base, { ...sight, readable }, who)]),
    ...(user ? [setpriv, ...becomeUser(user), "--"] : []),
    ...shareOf(machine, options, sight, isUserOwn),
    join(nixFolder, program),
    ...clientArguments,
    ...args,
  ];
  const folders =
    bwrap === undefined ? { home: scratch, temporary: scratch } : { home: JAIL_HOME, temporary: JAIL_TEMPORARY };
  return { file, args: rest, env: confinedEnvironment(env, { sight, ...folders, remote: daemon?.remote }) };
}

/** The beginning of a command line that limits the program's memory and processes, and may lower its priority. */
function shareOf(
  { nice, prlimit }: Machine,
  { evaluationMib }: IsolationOptions,
  { memoryMib = evaluationMib, isLowPriority = false }: Share,
  isUserOwn = false,
): string[] {
  const priority = isLowPriority ? [nice, "-n", "10"] : [];
  return [...priority, prlimit, ...evaluationLimits({ memoryMib, isUserOwn }), "--"];
}

/**
 * The user who evaluates. Undefined means the user of this process. In a jail, root has no privileges. Without a
 * jail, another user cannot reach files below a closed folder, so root must evaluate them.
 */
async function whoEvaluates({ isRoot, user, bwrap, nixFolder }: Machine, sight: Sight): Promise<Owner | undefined> {
  const { owner, readable } = sight;
  if (!isRoot || owner?.uid === 0) return undefined;
  if (bwrap !== undefined) return owner ?? user;
  const canReach = owner === undefined && (await Promise.all([nixFolder, ...readable].map(isReachable))).every(Boolean);
  return canReach ? user : undefined;
}
