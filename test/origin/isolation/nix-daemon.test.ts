import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, vi } from "vitest";
import type { Command } from "../../../origin/system/command.ts";
import { type NixDaemon, startNixDaemon } from "../../../origin/isolation/nix-daemon.ts";
import { compareText } from "../../../protocol/compare-text.ts";
import { rejection, test as base, writeTree } from "../fixtures.ts";

/** Listens as Nix's daemon does, and writes down what it finds in its environment. */
const LISTEN = `require("node:fs").writeFileSync(process.argv[1], JSON.stringify(process.env));
require("node:net").createServer().listen(process.env.NIX_DAEMON_SOCKET_PATH);`;

interface Fixtures {
  /** Starts one whose folder is in the test's directory. */
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

test("a daemon listens when it has started, and is gone with its folder when it is closed", async ({
  directory,
  start,
}) => {
  const daemon = await start();
  expect(await daemon.isReachable()).toBe(true);
  expect(daemon.remote).toBe(`unix://${daemon.socketFolder}/nix`);
  expect(await folders(directory)).toEqual([expect.stringMatching(`^cornice-nix-${process.pid}-`)]);
  await daemon.close();
  expect(await daemon.isReachable()).toBe(false);
  expect(await folders(directory)).toEqual([]);
});

test("closing it twice does no harm", async ({ start }) => {
  const daemon = await start();
  await daemon.close();
  await daemon.close();
  expect(await daemon.isReachable()).toBe(false);
});

test("it finds our configuration, and the store itself rather than another daemon", async ({ directory, start }) => {
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
] as const)("where others work through it (%j), they reach the socket alone", async ([isShared, mode], { start }) => {
  const { socketFolder } = await start({ isShared });
  const folder = dirname(socketFolder);
  const configuration = join(folder, "configuration");
  const paths = [folder, socketFolder, configuration, join(configuration, "nix.conf")];
  expect(await Promise.all(paths.map(modeOf))).toEqual([mode, "711", "700", "600"]);
});

describe("a daemon that does not start", () => {
  test("is told in its own words, and leaves no folder", async ({ directory, start }) => {
    const error = await rejection(start({ command: shell("echo 'error: no store' >&2; exit 1") }));
    expect(error).toMatchObject({
      message: "Nix's daemon did not start: error: no store",
      cause: { message: "it has ended" },
    });
    expect(await folders(directory)).toEqual([]);
  });

  test("is told by the system's words when it is not there", async ({ directory, start }) => {
    const error = await rejection(start({ command: { file: `${directory}/none`, args: [], env: {} } }));
    expect(error).toMatchObject({ message: `Nix's daemon did not start: spawn ${directory}/none ENOENT` });
    expect(await folders(directory)).toEqual([]);
  });
});

test("one that has ended by itself is not running", async ({ directory, start }) => {
  const end = `${LISTEN} setInterval(() => require("node:fs").existsSync(process.argv[2]) && process.exit(), 10);`;
  const args = ["--eval", end, "--", join(directory, "environment"), join(directory, "end")];
  const daemon = await start({ command: { file: process.execPath, args, env: {} } });
  expect(await daemon.isReachable()).toBe(true);
  await writeTree(directory, { end: "" });
  await vi.waitUntil(async () => !(await daemon.isReachable()));
});

test("folders of processes that are gone are removed, and no others", async ({ directory, start }) => {
  // The kernel's ids end at 4194304.
  const [gone, living] = ["cornice-nix-999999999-a", `cornice-nix-${process.ppid}-a`];
  await writeTree(directory, {
    [`${gone}/socket/nix`]: "",
    [`${living}/`]: "",
    "cornice-nix-x/": "",
    "other-1-a/": "",
  });
  const daemon = await start();
  const own = basename(dirname(daemon.socketFolder));
  expect(await folders(directory)).toEqual([living, own, "cornice-nix-x"].toSorted(compareText));
  expect(await readdir(directory)).toContain("other-1-a");
});
