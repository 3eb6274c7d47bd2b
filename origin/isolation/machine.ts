import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { runCommand } from "../system/command.ts";
import { pathExists } from "../system/path-exists.ts";
import type { Command } from "../system/command.ts";
import type { IsolationReport } from "./isolation.ts";
import { jail, systemView } from "./jail.ts";
import type { DaemonSettings } from "./nix-settings.ts";
import { type NixVersion, parseVersionLine } from "./nix-version.ts";
import { findNixFolder, findProgram } from "./programs.ts";
import { countMembers, findUser, type SystemUser } from "./system-user.ts";

/** If the origin runs as root, evaluations run as this user: docs/security.md. */
const EVALUATION_USER = "cornice-nix";
/** If the origin runs as root, builders run as members of this group. */
export const BUILD_GROUP = "nixbld";

const PREFIX = "/nix";
const DATABASE = "/nix/var/nix/db";
/** The process that inherits all processes without a parent. In a container, the origin may have this number. */
const INIT = 1;
/** Time limit for a short command. */
const COMMAND_TIMEOUT_MS = 30_000;

/** Which programs and users this machine has. */
export interface Machine {
  readonly nixFolder: string;
  readonly nixVersion: NixVersion;
  /** The files of programs. */
  readonly prlimit: string;
  readonly setpriv: string;
  readonly nice: string;
  /** Undefined if tini is missing. */
  readonly tini: string | undefined;
  /** Undefined if bubblewrap is missing, or if the kernel denies it namespaces. */
  readonly bwrap: string | undefined;
  /** bubblewrap's options for the system's folders. */
  readonly system: readonly string[];
  readonly isRoot: boolean;
  /** The user that evaluates. Undefined for the user of this process. */
  readonly user: SystemUser | undefined;
  readonly hasBuildUsers: boolean;
  /** Whether this process may write to the store. Then it starts its own daemon. */
  readonly ownsStore: boolean;
}

/**
 * Finds programs, users and permissions. `nixBin` names a Nix that is not the first one on PATH. Throws if Nix is
 * missing.
 */
export async function inspectMachine(env: Readonly<Record<string, string>>, nixBin?: string): Promise<Machine> {
  const path = env["PATH"] ?? "";
  const nixFolder = await findNixFolder(path, nixBin);
  if (nixFolder === undefined)
    throw new Error("nix-instantiate is not on PATH; install Nix (Debian: apt-get install nix-bin)");
  const isRoot = process.getuid?.() === 0;
  const bwrap = await findProgram("bwrap", path);
  const system = await systemView();
  return {
    nixFolder,
    nixVersion: await readNixVersion(nixFolder, env),
    prlimit: await required("prlimit", path),
    setpriv: await required("setpriv", path),
    nice: await required("nice", path),
    tini: await findProgram("tini", path),
    bwrap: bwrap !== undefined && (await canJail(bwrap, { system, nixFolder, isRoot })) ? bwrap : undefined,
    system,
    isRoot,
    user: isRoot ? await findUser(EVALUATION_USER) : undefined,
    hasBuildUsers: isRoot && ((await countMembers(BUILD_GROUP)) ?? 0) > 0,
    ownsStore: await mayWriteStore(env["NIX_REMOTE"], isRoot),
  };
}

/** Throws if the program does not run, or does not say its version. */
export async function readNixVersion(nixFolder: string, env: Readonly<Record<string, string>>): Promise<NixVersion> {
  const file = join(nixFolder, "nix-instantiate");
  const [line = ""] = await linesOf({ file, args: ["--version"], env });
  const version = parseVersionLine(line);
  if (!version) throw new Error(`${file} says ${JSON.stringify(line)} instead of the version of Nix`);
  return version;
}

/**
 * Where Nix is installed for several users, some systems set NIX_REMOTE=daemon for all of them. Root does not need that
 * daemon, unless the store is read-only, as in a container that has the store of its host.
 */
async function mayWriteStore(remote: string | undefined, isRoot: boolean): Promise<boolean> {
  if (remote === undefined) return isRoot || isStoreOurs();
  return remote === "daemon" && isRoot && isStoreOurs();
}

/** Finds a program that every Linux system has. */
async function required(program: string, path: string): Promise<string> {
  const file = (await findProgram(program, path)) ?? (await findProgram(program, "/usr/bin:/bin"));
  if (file === undefined) throw new Error(`${program} is not on PATH (Debian: it is in util-linux or coreutils)`);
  return file;
}

/** If there is no store yet, the store is ours if we may make it. */
async function isStoreOurs(): Promise<boolean> {
  return canWrite((await pathExists(DATABASE)) ? DATABASE : PREFIX);
}

function canWrite(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Tries Nix itself: where all programs are in the Nix store, nothing else is sure to run in a jail. */
async function canJail(
  bwrap: string,
  { system, nixFolder, isRoot }: Pick<Machine, "system" | "nixFolder" | "isRoot">,
): Promise<boolean> {
  const there = "/usr";
  const base = { system, nixPrefix: dirname(nixFolder), socketFolder: there };
  const store = (await pathExists(STORE_DIRECTORY)) ? STORE_DIRECTORY : there;
  const options = jail(base, { readable: [], network: false }, { isRoot, becomesAnother: isRoot }, store);
  const command = [...options, join(nixFolder, "nix-instantiate"), "--version"];
  return succeeds({ file: bwrap, args: command, env: { PATH: "/usr/bin:/bin" } });
}

async function succeeds(command: Command): Promise<boolean> {
  return (await linesOf(command).catch(() => undefined)) !== undefined;
}

/** Runs a short command, and returns its output lines. */
export async function linesOf({ file, args, env }: Command): Promise<string[]> {
  const lines: string[] = [];
  const signal = AbortSignal.timeout(COMMAND_TIMEOUT_MS);
  await runCommand(file, { args, env, signal, onStdout: (line) => lines.push(line), onStderr: () => {} });
  return lines;
}

export function describeMachine(
  { nixVersion, bwrap, tini, isRoot, user, hasBuildUsers, ownsStore }: Machine,
  { sandbox }: Pick<DaemonSettings, "sandbox">,
): IsolationReport {
  const who = user ? `as ${user.name}` : "as this process's user";
  const builders = hasBuildUsers ? `as members of ${BUILD_GROUP}` : "as the user of Nix's daemon";
  const gaps = [
    ...(isRoot && !user ? [`there is no user ${EVALUATION_USER}, so evaluation runs as root: run bin/nix-users`] : []),
    ...(isRoot && !hasBuildUsers
      ? [`the group ${BUILD_GROUP} has no members, so builders run as root: run bin/nix-users`]
      : []),
    ...(bwrap === undefined
      ? [
          "evaluation has no jail: install bubblewrap, and use a kernel that allows it to make namespaces",
          ...(user ? ["without a jail, evaluation runs as root if other users cannot read the package source"] : []),
        ]
      : []),
    ...(tini === undefined && process.pid === INIT
      ? [
          "nothing here removes the ended processes of builders: install tini, or run the container with an init process",
        ]
      : []),
    ...(ownsStore ? [] : ["builds run under this machine's own Nix daemon, with its settings"]),
    ...(sandbox ? [] : ["builders run without Nix's sandbox (CORNICE_NIX_SANDBOX=false)"]),
  ];
  const jailed = bwrap === undefined ? "" : ", in a jail";
  return { summary: `Nix ${nixVersion.text} evaluates ${who}${jailed}; builders run ${builders}`, gaps };
}
