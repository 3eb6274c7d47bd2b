import { constants } from "node:fs";
import { access, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCommand } from "../nix/command.ts";
import { ABSENT_PATH, STORE_DIRECTORY } from "../nix/store-path.ts";
import { pathExists } from "../path-exists.ts";
import type { Command, NixProgram } from "./command.ts";
import { confinedEnvironment, neededFiles, ownEnvironment, ownFolders } from "./environments.ts";
import { type Isolation, type IsolationReport, machinePlaces, type Owner, type Sight } from "./isolation.ts";
import { becomeUser, jail, JAIL_HOME, type JailBase, systemView } from "./jail.ts";
import { buildLimits, evaluationLimits } from "./limits.ts";
import { type NixDaemon, startNixDaemon } from "./nix-daemon.ts";
import { daemonConfiguration, type DaemonSettings, parseMachineSettings } from "./nix-settings.ts";
import { findNixFolder, findProgram } from "./programs.ts";
import { countMembers, findUser, type SystemUser } from "./system-user.ts";

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

/** Whom evaluation runs as where root starts it, and the group of those whom builders run as: docs/security.md. */
export const EVALUATION_USER = "cornice-nix";
export const BUILD_GROUP = "nixbld";

const PREFIX = "/nix";
const DATABASE = "/nix/var/nix/db";
const MACHINE_SOCKET_FOLDER = "/nix/var/nix/daemon-socket";
const NO_HOME = "/var/empty";
const SCRATCH = "cornice-scratch-";
/** So long the machine's configuration may take to be read. */
const SETTINGS_TIMEOUT_MS = 30_000;

/** What of this machine's means is there, found out once. */
interface Machine {
  readonly nixFolder: string;
  /** Programs by their files. */
  readonly prlimit: string;
  readonly setpriv: string;
  readonly nice: string;
  /** Undefined where it is not there, or the kernel denies it namespaces. */
  readonly bwrap: string | undefined;
  readonly system: readonly string[];
  readonly isRoot: boolean;
  /** Whom evaluation becomes. */
  readonly user: SystemUser | undefined;
  readonly hasBuildUsers: boolean;
  /** Whether the store is ours to write, so that we bring a daemon of our own. */
  readonly ownsStore: boolean;
}

/** Nothing of it is looked for, and no daemon started, before the first program runs. */
export function createIsolation(options: IsolationOptions): Isolation {
  let machine: Promise<Machine> | undefined;
  let daemon: Promise<NixDaemon | undefined> | undefined;
  let isClosed = false;

  function known(): Promise<Machine> {
    machine ??= lookAround(options.env);
    // What was missing may have been installed meanwhile.
    machine.catch(() => (machine = undefined));
    return machine;
  }

  async function running(): Promise<NixDaemon | undefined> {
    const there = await known();
    if (!there.ownsStore) return undefined;
    const started = daemon;
    const last = await started?.catch(() => undefined);
    if (last && !last.isRunning) {
      await last.close();
      // Another call may have started the next one meanwhile.
      if (daemon === started) daemon = undefined;
    }
    if (isClosed) throw new Error("the origin is stopping");
    daemon ??= start(there, options);
    daemon.catch(() => (daemon = undefined));
    return daemon;
  }

  return {
    places: machinePlaces(options.env),
    async confined(program, args, sight) {
      const there = await known();
      const own = await running();
      return confine(there, own, options, { program, args, sight });
    },
    async own(program, args) {
      const { nixFolder } = await known();
      const own = await running();
      return { file: join(nixFolder, program), args, env: ownEnvironment(options.env, own?.remote) };
    },
    withScratch: async (work) => withScratch((await known()).user, work),
    report: async () => describe(await known(), options),
    async close() {
      isClosed = true;
      await (await daemon?.catch(() => undefined))?.close();
    },
  };
}

async function lookAround(env: Readonly<Record<string, string>>): Promise<Machine> {
  const path = env["PATH"] ?? "";
  const nixFolder = await findNixFolder(path);
  if (nixFolder === undefined)
    throw new Error("nix-instantiate is not on PATH; install Nix (Debian: apt-get install nix-bin)");
  const isRoot = process.getuid?.() === 0;
  const bwrap = await findProgram("bwrap", path);
  const system = await systemView();
  return {
    nixFolder,
    prlimit: await required("prlimit", path),
    setpriv: await required("setpriv", path),
    nice: await required("nice", path),
    bwrap: bwrap !== undefined && (await canJail(bwrap, system)) ? bwrap : undefined,
    system,
    isRoot,
    user: isRoot ? await findUser(EVALUATION_USER) : undefined,
    hasBuildUsers: isRoot && ((await countMembers(BUILD_GROUP)) ?? 0) > 0,
    ownsStore: env["NIX_REMOTE"] === undefined && (isRoot || (await isStoreOurs())),
  };
}

/** All of them are part of every Linux system. */
async function required(program: string, path: string): Promise<string> {
  const file = (await findProgram(program, path)) ?? (await findProgram(program, "/usr/bin:/bin"));
  if (file === undefined) throw new Error(`${program} is not on PATH (Debian: it is in util-linux or coreutils)`);
  return file;
}

/** A store that is not there yet belongs to whoever may make it. */
async function isStoreOurs(): Promise<boolean> {
  return canWrite((await pathExists(DATABASE)) ? DATABASE : PREFIX);
}

function canWrite(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function canJail(bwrap: string, system: readonly string[]): Promise<boolean> {
  const args = ["--unshare-all", ...system, "--proc", "/proc", "--dev", "/dev", "--", "true"];
  return succeeds({ file: bwrap, args, env: { PATH: "/usr/bin:/bin" } });
}

async function succeeds(command: Command): Promise<boolean> {
  return (await linesOf(command).catch(() => undefined)) !== undefined;
}

async function linesOf({ file, args, env }: Command): Promise<string[]> {
  const lines: string[] = [];
  const signal = AbortSignal.timeout(SETTINGS_TIMEOUT_MS);
  await runCommand(file, { args, env, signal, onStdout: (line) => lines.push(line), onStderr: () => {} });
  return lines;
}

async function start(machine: Machine, { env, daemon, buildMib, maxFileBytes }: IsolationOptions): Promise<NixDaemon> {
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
}

function confine(
  machine: Machine,
  daemon: NixDaemon | undefined,
  { env, evaluationMib }: IsolationOptions,
  { program, args, sight }: ConfinedCall,
): Command {
  const { nixFolder, bwrap, system, isRoot, nice, prlimit, setpriv } = machine;
  const user = whoEvaluates(machine, sight);
  const readable = [...sight.readable, ...neededFiles(sight, env)];
  const memoryMib = sight.memoryMib ?? evaluationMib;
  const base: JailBase = {
    system,
    nixPrefix: dirname(nixFolder),
    socketFolder: daemon?.socketFolder ?? MACHINE_SOCKET_FOLDER,
  };
  const steps = [
    ...(sight.isPatient ? [[nice, "-n", "10"]] : []),
    ...(bwrap === undefined ? [] : [[bwrap, ...jail(base, { ...sight, readable }, isRoot)]]),
    ...(user ? [[setpriv, ...becomeUser(user), "--"]] : []),
    [prlimit, ...evaluationLimits({ memoryMib, isUserOwn: user !== undefined && user === machine.user }), "--"],
    [join(nixFolder, program), ...args],
  ];
  const [file = "", ...rest] = steps.flat();
  const home = bwrap === undefined ? (sight.scratch ?? NO_HOME) : JAIL_HOME;
  return { file, args: rest, env: confinedEnvironment(env, { sight, home, remote: daemon?.remote }) };
}

async function withScratch<T>(user: SystemUser | undefined, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), SCRATCH));
  try {
    if (user) await chown(folder, user.uid, user.gid);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Undefined for the user of this process. Root that stays root in a jail has none of its privileges there. */
function whoEvaluates({ isRoot, user, bwrap }: Machine, { owner }: Sight): Owner | undefined {
  if (!isRoot || (owner && bwrap === undefined)) return undefined;
  return owner ?? user;
}

function describe(
  { bwrap, isRoot, user, hasBuildUsers, ownsStore }: Machine,
  { daemon }: IsolationOptions,
): IsolationReport {
  const who = user ? `as ${user.name}` : "as this process's user";
  const builders = hasBuildUsers ? `as members of ${BUILD_GROUP}` : "as the user of Nix's daemon";
  const gaps = [
    ...(isRoot && !user
      ? [`there is no user ${EVALUATION_USER}, so that evaluation runs as root: run bin/nix-users`]
      : []),
    ...(isRoot && !hasBuildUsers
      ? [`the group ${BUILD_GROUP} has no members, so that builders run as root: run bin/nix-users`]
      : []),
    ...(bwrap === undefined
      ? ["evaluation has no jail: install bubblewrap, on a kernel that lets it make namespaces"]
      : []),
    ...(ownsStore ? [] : ["builds run under this machine's own Nix daemon, with its settings"]),
    ...(daemon.sandbox ? [] : ["builders run without Nix's sandbox (CORNICE_NIX_SANDBOX=false)"]),
  ];
  const jailed = bwrap === undefined ? "" : ", in a jail";
  return { summary: `Nix evaluates ${who}${jailed}; builders run ${builders}`, gaps };
}
