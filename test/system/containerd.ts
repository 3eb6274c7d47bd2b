import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { removeFolder } from "../remove-folder.ts";
import { unpackDebian13, withUsrOf } from "./debian-13.ts";
import { canHoldOverlays } from "./overlays.ts";
import { type Outcome, output, run } from "./program.ts";

/** A separate containerd, independent of the machine's own. */
export interface Containerd {
  /** Pulls over plain HTTP, with `user:password` or without. */
  pull(image: string, credentials?: string): Promise<Outcome>;
  /** Pulls the image of one platform, such as `linux/arm64`. */
  pullPlatform(image: string, platform: string): Promise<Outcome>;
  /** A table of all images, with digests and platforms. */
  list(): Promise<string>;
  /** Runs a command in a new container of a pulled image. Returns what it prints. Throws if it fails. */
  runContainer(image: string, options: readonly string[], command: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

type CommandLine = (command: readonly string[]) => [program: string, args: string[]];

const START_ATTEMPTS = 150;
const POLL_MS = 200;

/** The machine's containerd. */
export function startContainerd(): Promise<Containerd> {
  return start(([program = "", ...args]) => [program, args]);
}

/** The containerd of Debian 13, 1.7. Its `ctr` can choose the user of a container. */
export async function startNewerContainerd(): Promise<Containerd> {
  const root = await unpackDebian13(["docker.io"]);
  return start((command) => withUsrOf(root, command));
}

async function start(commandLine: CommandLine): Promise<Containerd> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-containerd-"));
  const socket = join(directory, "containerd.sock");
  const folders = `root = "${directory}/root"\nstate = "${directory}/state"\n`;
  await writeFile(join(directory, "config.toml"), `version = 2\n${folders}[grpc]\naddress = "${socket}"\n`);
  const daemon = spawn(...commandLine(["containerd", "--config", join(directory, "config.toml")]), { stdio: "ignore" });
  const ctr = (...args: readonly string[]) => commandLine(["ctr", "--address", socket, ...args]);
  for (let attempt = 1; (await run(...ctr("version"))).code !== 0; attempt++) {
    if (daemon.exitCode !== null || attempt === START_ATTEMPTS) throw new Error("containerd did not start");
    await setTimeout(POLL_MS);
  }
  const snapshotter = ["--snapshotter", (await canHoldOverlays(directory)) ? "overlayfs" : "native"];
  let containers = 0;
  return {
    pull(image, credentials) {
      const user = credentials === undefined ? [] : ["--user", credentials];
      return run(...ctr("images", "pull", "--plain-http", ...snapshotter, ...user, image));
    },
    pullPlatform: (image, platform) =>
      run(...ctr("images", "pull", "--plain-http", ...snapshotter, "--platform", platform, image)),
    list: () => output(...ctr("images", "list")),
    runContainer: (image, options, command) =>
      output(...ctr("run", "--rm", ...snapshotter, ...options, image, `container-${containers++}`, ...command)),
    async stop() {
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await ended;
      await removeFolder(directory);
    },
  };
}
