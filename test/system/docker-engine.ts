import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { removeFolder } from "../remove-folder.ts";
import { unpackDebian13, withUsrOf } from "./debian-13.ts";
import { type Outcome, output, run } from "./program.ts";

/** A separate Docker Engine, independent of the machine's own. */
export interface DockerEngine {
  /** The environment of a client of this engine. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs the docker client with this engine. Throws if the client fails. */
  docker(...args: readonly string[]): Promise<string>;
  /** The same, but does not throw. */
  tryDocker(...args: readonly string[]): Promise<Outcome>;
  stop(): Promise<void>;
}

const START_ATTEMPTS = 150;
const POLL_MS = 200;
/** Debian's client, even if PATH has another one first. */
const CLIENT = "/usr/bin/docker";
const DAEMON = "/usr/sbin/dockerd";

/** The machine's engine. It keeps images in Docker's own store. */
export async function startDockerEngine(): Promise<DockerEngine> {
  return startEngine((command) => [DAEMON, command]);
}

/** The engine of Debian 13. It keeps images in containerd's store, and its client builds with BuildKit. */
export async function startNewerDockerEngine(): Promise<DockerEngine> {
  const root = await unpackDebian13(["docker.io"]);
  const settings = join(root, "daemon.json");
  await writeFile(settings, JSON.stringify({ features: { "containerd-snapshotter": true } }));
  return startEngine((args) => withUsrOf(root, [DAEMON, "--config-file", settings, ...args]), { DOCKER_BUILDKIT: "1" });
}

async function startEngine(
  commandLine: (args: string[]) => [program: string, args: string[]],
  settings: Readonly<Record<string, string>> = {},
): Promise<DockerEngine> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-docker-"));
  const socket = `unix://${directory}/docker.sock`;
  const folders = ["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")];
  // The engine makes no network of its own, and leaves the machine's rules alone. Docker Compose makes one that needs none.
  const noNetwork = ["--iptables=false", "--ip6tables=false", "--bridge=none"];
  const [program, all] = commandLine([...folders, "--pidfile", join(directory, "pid"), "-H", socket, ...noNetwork]);
  const daemon = spawn(program, all, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
  });
  let log = "";
  daemon.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const env = { ...process.env, DOCKER_HOST: socket, DOCKER_CONFIG: join(directory, "config"), ...settings };
  for (let attempt = 1; (await run(CLIENT, ["version"], { env })).code !== 0; attempt++) {
    if (daemon.exitCode !== null || attempt === START_ATTEMPTS) throw new Error(`dockerd did not start:\n${log}`);
    await setTimeout(POLL_MS);
  }
  return {
    env,
    docker: (...args) => output(CLIENT, args, { env }),
    tryDocker: (...args) => run(CLIENT, args, { env }),
    async stop() {
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await ended;
      // If the folder is on a shared mount, the engine mounts the folder over itself, and never unmounts it. The same holds
      // for the network of containers that have the network of this machine.
      await run("umount", ["--recursive", join(directory, "data")]);
      await run("umount", [join(directory, "exec/netns/default")]);
      await removeFolder(directory);
    },
  };
}
