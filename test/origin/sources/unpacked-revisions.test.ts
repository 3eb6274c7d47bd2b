import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, vi } from "vitest";
import { openSources } from "../../../origin/sources/open-sources.ts";
import { createUnpackedRevisions, type RevisionUnpacking } from "../../../origin/sources/unpacked-revisions.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const NAME = `${"0".repeat(32)}-source`;
const HOUR_S = 3600;

/** Makes a folder with one file, which names the revision. */
async function unpackOne({ folder, revision }: RevisionUnpacking) {
  const path = await writeTree(join(folder, NAME), { file: revision });
  return { path, bytes: 1000 };
}

function open(directory: string, unpack = unpackOne) {
  return createUnpackedRevisions({ name: "a", directory: join(directory, "sources"), maxBytes: 3000, unpack });
}

/** The folder with all revisions. */
async function folderOf(directory: string): Promise<string> {
  const [name = ""] = await readdir(join(directory, "sources"));
  expect(name).toMatch(/^[0-9a-f]{16}\.unpacked$/);
  return join(directory, "sources", name);
}

test("a revision is fetched once for all callers at the same time, and kept", async ({ directory }) => {
  const unpack = vi.fn(unpackOne);
  const revisions = open(directory, unpack);
  const paths = await Promise.all([revisions.path("r1"), revisions.path("r1")]);
  expect(new Set([...paths, await revisions.path("r1"), await open(directory).path("r1")]).size).toBe(1);
  expect(unpack).toHaveBeenCalledOnce();
  expect(await readFile(join(paths[0], "file"), "utf8")).toBe("r1");
  expect(paths[0]).toBe(join(await folderOf(directory), "r1", NAME));
});

test("the evaluating user reaches the files, and cannot list the folders above", async ({ directory }) => {
  const path = await open(directory).path("r1");
  const modes = await Promise.all(["..", "../..", "../../.."].map(async (up) => (await stat(join(path, up))).mode));
  expect(modes.map((mode) => mode & 0o777)).toEqual([0o711, 0o711, 0o711]);
});

test("two origins that fetch the same revision at once both get it", async ({ directory }) => {
  const slow = async (unpacking: RevisionUnpacking) => {
    await setTimeout(20);
    return unpackOne(unpacking);
  };
  const paths = await Promise.all([open(directory, slow).path("r1"), open(directory, slow).path("r1")]);
  expect(new Set(paths).size).toBe(1);
  expect(await readdir(await folderOf(directory))).toEqual(["r1"]);
});

test("a failed fetch leaves nothing, and the next call tries again", async ({ directory }) => {
  const unpack = vi.fn(unpackOne).mockImplementationOnce(async ({ folder }) => {
    await writeFile(join(folder, "half"), "");
    throw new Error("no space left");
  });
  const revisions = open(directory, unpack);
  expect(await rejection(revisions.path("r1"))).toMatchObject({ message: "no space left" });
  expect(await readdir(await folderOf(directory))).toEqual([]);
  expect(await readFile(join(await revisions.path("r1"), "file"), "utf8")).toBe("r1");
});

describe("revisions that are more than the limit", () => {
  /** Fetches revisions, each of which was used some hours ago. Then fetches another one, and returns what is left. */
  async function keptBeside(directory: string, hours: Readonly<Record<string, number>>): Promise<string[]> {
    const revisions = open(directory);
    for (const name of Object.keys(hours)) await revisions.path(name);
    const folder = await folderOf(directory);
    const now = Date.now() / 1000;
    for (const [name, age] of Object.entries(hours))
      await utimes(join(folder, name), now - age * HOUR_S, now - age * HOUR_S);
    await revisions.path("new");
    return (await readdir(await folderOf(directory))).toSorted();
  }

  test("lose the ones that were used the longest time ago", async ({ directory }) => {
    expect(await keptBeside(directory, { a: 5, b: 2, c: 6, d: 3 })).toEqual(["b", "d", "new"]);
  });

  test("keep the ones that a build may still use", async ({ directory }) => {
    expect(await keptBeside(directory, { a: 0.1, b: 0.2, c: 0.3, d: 2 })).toEqual(["a", "b", "c", "new"]);
  });

  test("keep the one that is used now, whatever its age", async ({ directory }) => {
    const hours = { a: 5, b: 2, c: 3, d: 4 };
    const revisions = open(directory);
    await keptBeside(directory, hours);
    const kept = join(await folderOf(directory), "c");
    await utimes(kept, 0, 0);
    await revisions.path("c");
    expect(await readdir(await folderOf(directory))).toContain("c");
  });
});

test("a folder without files is fetched again", async ({ directory }) => {
  const path = await open(directory).path("r1");
  await rm(path, { recursive: true });
  expect(await open(directory).path("r1")).toBe(path);
  expect(await readFile(join(path, "file"), "utf8")).toBe("r1");
});

test("the next start removes what a killed origin had fetched in part", async ({ directory }) => {
  const sources = join(directory, "sources");
  // The number of a process that has ended, in the namespace of this one.
  const folder = await vi.waitUntil(async () => {
    void open(directory, () => new Promise(() => {})).path("r1");
    return (await readdir(sources).catch(() => [])).find((name) => name.startsWith("archive-"));
  });
  const [, namespace] = folder.split("-");
  await mkdir(join(sources, `archive-${namespace}-4194304-1-abcdef`));
  await openSources(sources, Date.now());
  const left = (await readdir(sources)).filter((name) => name.includes("4194304"));
  expect(left).toEqual([]);
});

test("all callers hear of a fetch, also one that comes later", async ({ directory }) => {
  const revisions = open(directory, async (unpacking) => {
    await setTimeout(50);
    unpacking.onEvent({ event: "log", line: "half" });
    return unpackOne(unpacking);
  });
  const lines: string[][] = [[], []];
  await Promise.all(lines.map((log) => revisions.path("r1", (event) => event.event === "log" && log.push(event.line))));
  expect(lines).toEqual([["half"], ["another build is fetching the same revision; this build waits for it", "half"]]);
});
