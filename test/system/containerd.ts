import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Outcome, run } from "./program.ts";

/** A separate containerd, independent of the machine's own. */
export interface Containerd {
  /** Pulls over plain HTTP, with `user:password` or without. */
  pull(image: string, credentials?: string): Promise<Outcome>;
  stop(): Promise<void>;
}

const START_ATTEMPTS = 150;
const POLL_MS = 200;

export async function startContainerd(): Promise<Containerd> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-containerd-"));
  const socket = join(directory, "containerd.sock");
  const folders = `root = "${directory}/root"\nstate = "${directory}/state"\n`;
  await writeFile(join(directory, "config.toml"), `version = 2\n${folders}[grpc]\naddress = "${socket}"\n`);
  const daemon = spawn("containerd", ["--config", join(directory, "config.toml")], { stdio: "ignore" });
  const ctr = (...args: readonly string[]) => run("ctr", ["--address", socket, ...args]);
  for (let attempt = 1; (await ctr("version")).code !== 0; attempt++) {
    if (daemon.exitCode !== null || attempt === START_ATTEMPTS) throw new Error("containerd did not start");
    await setTimeout(POLL_MS);
  }
  return {
    pull(image, credentials) {
      const user = credentials === undefined ? [] : ["--user", credentials];
      // containerd's default, overlayfs, does not work on every file system that tests run on.
      return ctr("images", "pull", "--plain-http", "--snapshotter", "native", ...user, image);
    },
    async stop() {
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
