import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, link, mkdir, mkdtemp, readdir, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSources } from "../../origin/sources/open-sources.ts";
import { parseJson } from "../../protocol/json-object.ts";
import { rejection, writeTree } from "../origin/fixtures.ts";
import { packArchive } from "../stand-in/archive.ts";
import { type Release, type StandIn, startStandIn } from "../stand-in/server.ts";
import { removeFolder } from "../remove-folder.ts";
import { openChannel } from "./channel-fetch.ts";
import { output } from "./program.ts";
import { REPOSITORY } from "./registry.ts";

const CHANNEL = "nixos-25.11";
const channels = new Map<string, Release>();

let directory: string;
let standIn: StandIn;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-revisions-"));
  standIn = await startStandIn({ channels });
});

afterAll(async () => {
  await standIn.stop();
  await removeFolder(directory);
});

/** A derivation with the whole set as a source, one with a folder of it, and the path of a file in the store. */
const SET = `{ }: {
  paths = let of = src: (derivation { name = "NUMBER"; system = "x86_64-linux"; builder = "/bin/sh"; inherit src; }).drvPath; in
    [ (of ./.) (of ./a) "\${./a.b}" ];
}`;

/** Moves the channel to a tree that no Nix store has. Returns its revision. */
async function moveChannel(): Promise<string> {
  const revision = randomBytes(20).toString("hex");
  const tree = await writeTree(join(directory, "tree"), {
    "default.nix": SET.replace("NUMBER", randomUUID()),
    // Nix sorts `a` before `a-b` and `a.b`, and git sorts it behind them.
    "a/file": "",
    "a.b": "x".repeat(700_000),
    "a-b/program": { program: "#!/bin/sh\n" },
    [`${"deep/".repeat(60)}file`]: "seven b",
  });
  await mkdir(join(tree, "empty"));
  await symlink("../a.b", join(tree, "a/link"));
  await link(join(tree, "a.b"), join(tree, "z-same"));
  await chmod(join(tree, "default.nix"), 0o664);
  const archive = join(directory, `${revision}.tar.gz`);
  await packArchive(tree, revision, archive);
  await rm(tree, { recursive: true });
  channels.set(CHANNEL, { revision, archive });
  return revision;
}

/** The settings of a new origin. */
async function newSettings(faults?: string): Promise<Record<string, string>> {
  const sources = await mkdtemp(join(directory, "sources-"));
  return { ...standIn.channelSettings(CHANNEL, faults), CORNICE_SOURCES_DIR: sources };
}

/** Files and folders in an origin's folder, without those of its kept revisions. */
async function leftIn({ CORNICE_SOURCES_DIR: sources = "" }: Readonly<Record<string, string>>): Promise<string[]> {
  const names = await readdir(sources, { recursive: true });
  return names.filter((name) => !name.includes(".unpacked"));
}

function archivesAsked(): number {
  return standIn.counts.get("archive")?.requests ?? 0;
}

it("a revision gives the derivations that it would give in the Nix store", async () => {
  const revision = await moveChannel();
  await using source = openChannel(await newSettings());
  const { location } = await (await source.resolve("latest")).fetch();
  const url = `${standIn.url}/NixOS/nixpkgs/archive/${revision}.tar.gz`;
  const paths = async (set: string) =>
    parseJson(
      await output("nix-instantiate", [
        "--eval",
        "--json",
        "--strict",
        "--read-write-mode",
        "--expr",
        `(import ${set} { }).paths`,
      ]),
    );
  const own = await paths(`(builtins.fetchTarball "${url}")`);
  expect(own).toHaveLength(3);
  expect(await paths(location)).toEqual(own);
});

it("a revision is fetched once for all builds at the same time, and all of them hear of it", async () => {
  await moveChannel();
  const before = archivesAsked();
  const busy = standIn.channelSettings(CHANNEL, "503first")["CORNICE_NIXPKGS_URL"] ?? "";
  await using source = openChannel({ ...(await newSettings()), CORNICE_NIXPKGS_URL: busy });
  const revision = await source.resolve("latest");
  const logs = Array.from({ length: 8 }, (): string[] => []);
  const fetches = logs.map((log) => revision.fetch((event) => event.event === "log" && log.push(event.line)));
  expect(new Set((await Promise.all(fetches)).map(({ location }) => location)).size).toBe(1);
  expect(archivesAsked() - before).toBe(1);
  for (const log of logs) expect(log.join("\n")).toMatch(/answered 503; trying again\n.* have arrived/);
});

describe("a damaged archive", () => {
  it("is an outage that says why, and leaves nothing", async () => {
    const revision = await moveChannel();
    const settings = { ...(await newSettings("corrupt")), CORNICE_CHANNELS_URL: `${standIn.url}/channels` };
    await using source = openChannel(settings);
    expect(await rejection((await source.resolve("latest")).fetch())).toMatchObject({
      code: "UNAVAILABLE",
      message: `the package source cannot be read now (the archive of ${revision}: it is damaged, or no .tar.gz file); try again later`,
    });
    expect(await leftIn(settings)).toEqual([]);
  });
});

describe("an origin that is killed while it fetches", () => {
  /** Milliseconds. A process needs about half a second to start. */
  const LIVES = [300, 450, 600, 750, 900, 1050];

  it("leaves nothing that the next start does not remove, and no half revision", async () => {
    await moveChannel();
    const settings = await newSettings("latency=100");
    const script = join(REPOSITORY, "test/system/fetch-latest.ts");
    for (const life of LIVES) {
      const child = spawn(process.execPath, [script, JSON.stringify(Object.entries(settings))], { stdio: "ignore" });
      const ended = once(child, "exit");
      await Promise.race([ended, setTimeout(life)]);
      child.kill("SIGKILL");
      await ended;
    }
    const { CORNICE_SOURCES_DIR: sources = "" } = settings;
    await openSources(sources, Date.now());
    expect(await leftIn(settings)).toEqual([]);
    await using source = openChannel(settings);
    const { location } = await (await source.resolve("latest")).fetch();
    expect((await readdir(location)).toSorted()).toEqual(["a", "a-b", "a.b", "deep", "default.nix", "empty", "z-same"]);
    const added = `"\${builtins.path { path = ${location}; name = "source"; }}"`;
    const stored = parseJson(await output("nix-instantiate", ["--eval", "--json", "--expr", added]));
    expect(basename(String(stored))).toBe(basename(location));
  });
});
