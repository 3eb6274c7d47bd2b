import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Outcome, output, run } from "./program.ts";

/** A separate Docker Engine, independent of the machine's own. */
export interface DockerEngine {
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

export async function startDockerEngine(): Promise<DockerEngine> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-docker-"));
  const socket = `unix://${directory}/docker.sock`;
  const folders = ["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")];
  // Containers run without a network, so the engine need not make one.
  const noNetwork = ["--iptables=false", "--ip6tables=false", "--bridge=none"];
  const daemon = spawn(
    "/usr/sbin/dockerd",
    [...folders, "--pidfile", join(directory, "pid"), "-H", socket, ...noNetwork],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
    },
  );
  let log = "";
  daemon.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const env = { ...process.env, DOCKER_HOST: socket, DOCKER_CONFIG: join(directory, "config") };
  for (let attempt = 1; (await run(CLIENT, ["version"], { env })).code !== 0; attempt++) {
    if (daemon.exitCode !== null || attempt === START_ATTEMPTS) throw new Error(`dockerd did not start:\n${log}`);
    await setTimeout(POLL_MS);
  }
  return {
    docker: (...args) => output(CLIENT, args, { env }),
    tryDocker: (...args) => run(CLIENT, args, { env }),
    async stop() {
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await ended;
      // If the folder is on a shared mount, the engine mounts the folder over itself, and never unmounts it.
      await run("umount", ["--recursive", join(directory, "data")]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
