import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, vi } from "vitest";
import type { Command } from "../../../origin/system/command.ts";
import { type NixDaemon, startNixDaemon } from "../../../origin/isolation/nix-daemon.ts";
import { compareText } from "../../../protocol/compare-text.ts";
import { rejection, test as base, writeTree } from "../fixtures.ts";

/** Listens like Nix's daemon, and writes its environment to a file. */
const LISTEN = `require("node:fs").writeFileSync(process.argv[1], JSON.stringify(process.env));
require("node:net").createServer().listen(process.env.NIX_DAEMON_SOCKET_PATH);`;

interface Fixtures {
  /** Starts a daemon with its folder in the test's directory. */
  start: (options?: { readonly command?: Command; readonly isShared?: boolean }) => Promise<NixDaemon>;
}

const test = base.extend<Fixtures>({
  async start({ directory, onTestFinished }, use) {
    vi.stubEnv("TMPDIR", directory);
    onTestFinished(() => void vi.unstubAllEnvs());
    const listening = {
      file: process.execPath,
      args: ["--eval", LISTEN, "--", join(directory, "environment")],
      env: { SEEN: "yes" },
    };
    await use(async ({ command = listening, isShared = false } = {}) => {
      const daemon = await startNixDaemon({ command, configuration: "sandbox = true\n", isShared });
      onTestFinished(() => daemon.close());
      return daemon;
    });
  },
});

const shell = (script: string): Command => ({ file: "/bin/sh", args: ["-c", script], env: {} });
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const folders = async (directory: string) =>
  (await readdir(directory)).filter((name) => name.startsWith("cornice-nix-")).toSorted();

test("a daemon listens after its start, and closing removes it and its folder", async ({ directory, start }) => {
  const daemon = await start();
  expect(await daemon.isReachable()).toBe(true);
  expect(daemon.remote).toBe(`unix://${daemon.socketFolder}/nix`);
  expect(await folders(directory)).toEqual([expect.stringMatching(`^cornice-nix-\\d+-${process.pid}-`)]);
  await daemon.close();
  expect(await daemon.isReachable()).toBe(false);
  expect(await folders(directory)).toEqual([]);
});

test("closing a daemon twice does no harm", async ({ start }) => {
  const daemon = await start();
  await daemon.close();
  await daemon.close();
  expect(await daemon.isReachable()).toBe(false);
});

test("a daemon gets our configuration, and uses the store itself instead of another daemon", async ({
  directory,
  start,
}) => {
  const { socketFolder } = await start();
  const environment: unknown = JSON.parse(await readFile(join(directory, "environment"), "utf8"));
  const configuration = join(dirname(socketFolder), "configuration");
  expect(environment).toEqual({
    SEEN: "yes",
    NIX_CONF_DIR: configuration,
    NIX_DAEMON_SOCKET_PATH: join(socketFolder, "nix"),
    NIX_REMOTE: "local",
  });
  expect(await readFile(join(configuration, "nix.conf"), "utf8")).toBe("sandbox = true\n");
});

test.for([
  [false, "700"],
  [true, "711"],
] as const)("other users, if they may use it (%j), can reach only the socket", async ([isShared, mode], { start }) => {
  const { socketFolder } = await start({ isShared });
  const folder = dirname(socketFolder);
  const configuration = join(folder, "configuration");
  const paths = [folder, socketFolder, configuration, join(configuration, "nix.conf")];
  expect(await Promise.all(paths.map(modeOf))).toEqual([mode, "711", "700", "600"]);
});

describe("a daemon that does not start", () => {
  test("gives an error with its own message, and leaves no folder", async ({ directory, start }) => {
    const error = await rejection(start({ command: shell("echo 'error: no store' >&2; exit 1") }));
    expect(error).toMatchObject({
      message: "Nix's daemon did not start: error: no store",
      cause: { message: "the daemon has ended" },
    });
    expect(await folders(directory)).toEqual([]);
  });

  test("gives an error with the system's message if its program is missing", async ({ directory, start }) => {
    const error = await rejection(start({ command: { file: `${directory}/none`, args: [], env: {} } }));
    expect(error).toMatchObject({ message: `Nix's daemon did not start: spawn ${directory}/none ENOENT` });
    expect(await folders(directory)).toEqual([]);
  });
});

test("a daemon that has ended by itself is not reachable", async ({ directory, start }) => {
  const end = `${LISTEN} setInterval(() => require("node:fs").existsSync(process.argv[2]) && process.exit(), 10);`;
  const args = ["--eval", end, "--", join(directory, "environment"), join(directory, "end")];
  const daemon = await start({ command: { file: process.execPath, args, env: {} } });
  expect(await daemon.isReachable()).toBe(true);
  await writeTree(directory, { end: "" });
  await vi.waitUntil(async () => !(await daemon.isReachable()));
});

test("a new daemon removes the folders of ended processes, and no others", async ({ directory, start }) => {
  const living = basename(dirname((await start()).socketFolder));
  const [, , namespace = "", , startedAt = ""] = living.split("-");
  // The kernel's largest process id is 4194304. Another container has another namespace of processes.
  const gone = `cornice-nix-${namespace}-999999999-${startedAt}-aaaaaa`;
  const contained = `cornice-nix-1-999999999-${startedAt}-aaaaaa`;
  await writeTree(directory, { [`${gone}/socket/nix`]: "", [`${contained}/`]: "", "cornice-nix-x/": "" });
  const own = basename(dirname((await start()).socketFolder));
  expect(await folders(directory)).toEqual([living, own, contained, "cornice-nix-x"].toSorted(compareText));
});
