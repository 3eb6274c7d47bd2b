import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { connect, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { commandLine, debug } from "../system/debug.ts";
import { makeOwnedFolder, removeOrphans } from "../system/owned-folder.ts";
import { pathExists } from "../system/path-exists.ts";
import type { Command } from "../system/command.ts";

/** A Nix daemon that works for this process only, with Cornice's configuration. */
export interface NixDaemon {
  /** The value of NIX_REMOTE for programs that use this daemon. */
  readonly remote: string;
  /** The folder with its socket. Other users may enter it. */
  readonly socketFolder: string;
  /** Whether the daemon runs and its socket still exists. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

interface DaemonOptions {
  /** Runs the daemon. `startNixDaemon` adds variables to its environment. */
  readonly command: Command;
  /** The text of its nix.conf. */
  readonly configuration: string;
  /** Whether programs of other users use it. */
  readonly isShared: boolean;
}

/** The name is short, because the path of a socket has at most 107 bytes. */
const FOLDER = "cornice-nix-";
/** All users may enter the folder, but only its owner may list it. */
const ENTER_ONLY = 0o711;
const START_TIMEOUT_MS = 10_000;
const POLL_MS = 5;
const MAX_LOG = 4000;
/** Time for the daemon to end by itself. */
const TERMINATION_GRACE_MS = 3000;

/** Starts a daemon and waits until it listens. */
export async function startNixDaemon({ command, configuration, isShared }: DaemonOptions): Promise<NixDaemon> {
  await removeOrphans(tmpdir(), FOLDER, Date.now());
  const folder = await makeOwnedFolder(tmpdir(), FOLDER);
  const [configurationFolder, socketFolder] = [join(folder, "configuration"), join(folder, "socket")];
  if (isShared) await chmod(folder, ENTER_ONLY);
  await mkdir(configurationFolder, { mode: 0o700 });
  await mkdir(socketFolder);
  await chmod(socketFolder, ENTER_ONLY);
  await writeFile(join(configurationFolder, "nix.conf"), configuration, { mode: 0o600 });
  const socket = join(socketFolder, "nix");
  // Without `local`, a daemon without a store would connect to its own socket, again and again.
  const env = {
    ...command.env,
    NIX_CONF_DIR: configurationFolder,
    NIX_DAEMON_SOCKET_PATH: socket,
    NIX_REMOTE: "local",
  };
  debug(() => `run ${commandLine(command.file, command.args)}`);
  const child = spawn(command.file, command.args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const log = keepLog(child);
  child.unref();
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const daemon: NixDaemon = {
    remote: `unix://${socket}`,
    socketFolder,
    isReachable: async () => isRunning() && (await pathExists(socket)),
    async close() {
      if (isRunning()) {
        child.ref();
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), TERMINATION_GRACE_MS);
        await once(child, "exit");
        clearTimeout(timer);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
  await listens(isRunning, socket).catch(async (cause: unknown) => {
    await daemon.close();
    throw new Error(`Nix's daemon did not start: ${log()}`, { cause });
  });
  return daemon;
}

/** Keeps only the end of the daemon's log. The daemon logs each connection, so the log can get long. */
function keepLog(child: ChildProcess): () => string {
  let text = "";
  child.once("error", (error) => (text += error.message));
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text = lastLines(text + chunk);
  });
  // The pipe must not keep this process alive.
  if (child.stderr instanceof Socket) child.stderr.unref();
  return () => text.trim();
}

/** The end of a text, from the beginning of a line on. */
function lastLines(text: string): string {
  if (text.length <= MAX_LOG) return text;
  const end = text.slice(-MAX_LOG);
  return end.slice(end.indexOf("\n") + 1);
}

async function listens(isRunning: () => boolean, socket: string): Promise<void> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await pause(POLL_MS)) {
    if (!isRunning()) throw new Error("the daemon has ended");
    if (await answers(socket)) return;
  }
  throw new Error(`the daemon does not listen after ${START_TIMEOUT_MS / 1000} s`);
}

/** Connects to the socket. Its file is not enough: the file exists a moment before the daemon listens. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once("error", () => resolve(false));
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
  });
}
