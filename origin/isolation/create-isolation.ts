import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { OciError } from "../../protocol/oci-error.ts";
import { ABSENT_PATH, STORE_DIRECTORY } from "../../image/store-path.ts";
import { pathExists } from "../system/path-exists.ts";
import type { Command } from "../system/command.ts";
import { confinedEnvironment, neededFiles, ownEnvironment, ownFolders } from "./environments.ts";
import { type Isolation, type NixProgram, type Owner, placesOf, type Share, type Sight } from "./isolation.ts";
import { becomeUser, jail, JAIL_HOME, JAIL_TEMPORARY, type JailBase } from "./jail.ts";
import { buildLimits, evaluationLimits } from "./limits.ts";
import { BUILD_GROUP, describeMachine, linesOf, lookAround, type Machine } from "./machine.ts";
import { type NixDaemon, startNixDaemon } from "./nix-daemon.ts";
import { daemonConfiguration, type DaemonSettings, parseMachineSettings } from "./nix-settings.ts";
import { isReachable } from "./reachable.ts";
import type { SystemUser } from "./system-user.ts";

export interface IsolationOptions {
  /** The machine's environment, without secrets: PATH, the home, proxies. */
  readonly env: Readonly<Record<string, string>>;
  readonly daemon: Pick<DaemonSettings, "sandbox" | "substituters" | "maxJobs">;
  /** MiB that one evaluation may take. */
  readonly evaluationMib: number;
  /** MiB that one process of a build may write to. */
  readonly buildMib: number;
  /** Of one file that a build writes. */
  readonly maxFileBytes: number;
}

const MACHINE_SOCKET_FOLDER = "/nix/var/nix/daemon-socket";
const NO_HOME = "/var/empty";
const SCRATCH = "cornice-scratch-";

/** Nothing of it is looked for, and no daemon started, before the first program runs. */
export function createIsolation(options: IsolationOptions): Isolation {
  let machine: Promise<Machine> | undefined;
  let daemon: Promise<NixDaemon | undefined> | undefined;
  let isClosed = false;
  /** Where there is no jail, whose home is in memory. */
  let home: Promise<string> | undefined;

  async function homeOf({ bwrap, user }: Machine): Promise<string> {
    if (bwrap !== undefined) return JAIL_HOME;
    home ??= makeScratch(user);
    return home;
  }

  function machineOnce(): Promise<Machine> {
    machine ??= lookAround(options.env);
    // A failure is not kept: what was missing may be installed by the next call.
    machine.catch(() => (machine = undefined));
    return machine;
  }

  async function ensureDaemon(): Promise<NixDaemon | undefined> {
    const there = await machineOnce();
    if (!there.ownsStore) return undefined;
    const started = daemon;
    const last = await started?.catch(() => undefined);
    if (last && !(await last.isReachable())) {
      await last.close();
      // Another call may have started the next one meanwhile.
      if (daemon === started) daemon = undefined;
    }
    if (isClosed) throw new Error("the origin is stopping");
    daemon ??= startDaemon(there, options);
    daemon.catch(() => (daemon = undefined));
    return daemon;
  }

  return {
    places: placesOf(options.env),
    async confined(program, args, sight) {
      const there = await machineOnce();
      const own = await ensureDaemon();
      await checkReadable(sight);
      const scratch = sight.scratch ?? (await homeOf(there));
      return confine(there, own, options, { program, args, sight, scratch });
    },
    async own(program, args, share) {
      const there = await machineOnce();
      const own = await ensureDaemon();
      const words = [...(share ? shareOf(there, options, share) : []), join(there.nixFolder, program), ...args];
      const [file = "", ...rest] = words;
      return { file, args: rest, env: ownEnvironment(options.env, own?.remote) };
    },
    withScratch: async (work) => withScratch((await machineOnce()).user, work),
    report: async () => describeMachine(await machineOnce(), options.daemon),
    async close() {
      isClosed = true;
      await (await daemon?.catch(() => undefined))?.close();
      if (home) await rm(await home, { recursive: true, force: true });
    },
  };
}

/** A jail cannot show what is not there, and would say so in its own words. */
async function checkReadable({ readable }: Sight): Promise<void> {
  const [missing] = (await Promise.all(readable.map(async (path) => ((await pathExists(path)) ? [] : [path])))).flat();
  if (missing === undefined) return;
  throw new OciError("MANIFEST_UNKNOWN", "the package source is not where the operator says", {
    cause: new Error(`${missing} does not exist`),
  });
}

async function startDaemon(
  machine: Machine,
  { env, daemon, buildMib, maxFileBytes }: IsolationOptions,
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

interface ConfinedCall {
  readonly program: NixProgram;
  readonly args: readonly string[];
  readonly sight: Sight;
  /** Where it writes to, as it is called outside of a jail. */
  readonly scratch: string;
}

async function confine(
  machine: Machine,
  daemon: NixDaemon | undefined,
  options: IsolationOptions,
  { program, args, sight, scratch }: ConfinedCall,
): Promise<Command> {
  const { nixFolder, bwrap, system, isRoot, setpriv } = machine;
  const { env } = options;
  const readable = [...sight.readable, ...neededFiles(sight, env)];
  const user = await whoEvaluates(machine, { ...sight, readable });
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
    ...args,
  ];
  const folders =
    bwrap === undefined ? { home: scratch, temporary: scratch } : { home: JAIL_HOME, temporary: JAIL_TEMPORARY };
  return { file, args: rest, env: confinedEnvironment(env, { sight, ...folders, remote: daemon?.remote }) };
}

async function makeScratch(user: SystemUser | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), SCRATCH));
  if (user) await chown(folder, user.uid, user.gid);
  return folder;
}

async function withScratch<T>(user: SystemUser | undefined, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeScratch(user);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A command line before that of a program that takes no more than its share. */
function shareOf(
  { nice, prlimit }: Machine,
  { evaluationMib }: IsolationOptions,
  { memoryMib = evaluationMib, isPatient = false }: Share,
  isUserOwn = false,
): string[] {
  const patience = isPatient ? [nice, "-n", "10"] : [];
  return [...patience, prlimit, ...evaluationLimits({ memoryMib, isUserOwn }), "--"];
}

/**
 * Undefined for the user of this process. Root that stays root in a jail has none of its privileges there. Without a jail,
 * nobody else gets to files below a closed folder.
 */
async function whoEvaluates({ isRoot, user, bwrap }: Machine, sight: Sight): Promise<Owner | undefined> {
  const { owner, readable } = sight;
  if (!isRoot || owner?.uid === 0) return undefined;
  if (bwrap !== undefined) return owner ?? user;
  const canReach = owner === undefined && (await Promise.all(readable.map(isReachable))).every(Boolean);
  return canReach ? user : undefined;
}
