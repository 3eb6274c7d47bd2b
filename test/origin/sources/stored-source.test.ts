import { lutimes, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { addToStore } from "../../../origin/nix/add-to-store.ts";
import { createStoredSources } from "../../../origin/sources/stored-source.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const STORED = "/nix/store/00000000000000000000000000000000-source";
const NAME_HASH = /^[0-9a-f]{16}\.revisions$/;

/** Records its arguments, and makes the link to the given path. */
const NIX_STORE = `#!/bin/sh
echo "$1 \${2##*/}" >>"$LOG"
case $1 in --realise) ln -sfn "$2" "$4" ;; esac
`;

/** Says that it has copied a folder, and made the link to it. */
const NIX_INSTANTIATE = `#!/bin/sh
echo "add \${6##*/}" >>"$LOG"
printf '%s!"%s"\\n' "$2" ADDED
`;

async function fakeStore(directory: string, added = STORED) {
  await writeTree(directory, {
    "bin/nix-store": { program: NIX_STORE },
    "bin/nix-instantiate": { program: NIX_INSTANTIATE.replace("ADDED", added) },
  });
  const log = join(directory, "log");
  const isolation = withoutIsolation({ PATH: `${directory}/bin:/usr/bin:/bin`, LOG: log });
  return { isolation, calls: async () => (await readFile(log, "utf8")).trim().split("\n") };
}

async function open(directory: string, fetchToStore: (revision: string) => Promise<string> = async () => STORED) {
  const { isolation, calls } = await fakeStore(directory);
  const sources = createStoredSources({
    name: "a",
    directory: join(directory, "sources"),
    isolation,
    signal: new AbortController().signal,
    fetchToStore,
  });
  return { sources, calls };
}

test("a revision is fetched once for all callers at the same time, and kept", async ({ directory }) => {
  const fetchToStore = vi.fn<(revision: string) => Promise<string>>(async () => STORED);
  const { sources, calls } = await open(directory, fetchToStore);
  expect(await Promise.all([sources.path("r1"), sources.path("r1")])).toEqual([STORED, STORED]);
  expect(fetchToStore).toHaveBeenCalledExactlyOnceWith("r1", expect.stringContaining(directory));
  expect(await calls()).toEqual(["--realise 00000000000000000000000000000000-source"]);
  expect(await readdir(join(directory, "sources"))).toEqual([expect.stringMatching(NAME_HASH)]);
});

test("a revision that the garbage collector removed is fetched again", async ({ directory }) => {
  const fetchToStore = vi.fn<(revision: string) => Promise<string>>(async () => STORED);
  const { sources } = await open(directory, fetchToStore);
  await sources.path("r1");
  // The target of the link is missing, because this test's store path never existed.
  await sources.path("r1");
  expect(fetchToStore).toHaveBeenCalledTimes(2);
});

test("the sixteen latest revisions are kept", async ({ directory }) => {
  const { sources } = await open(directory);
  await sources.path("r0");
  const [name = ""] = await readdir(join(directory, "sources"));
  const links = join(directory, "sources", name);
  for (let index = 1; index < 17; index += 1) {
    await symlink(STORED, join(links, `r${index}`));
    await lutimes(join(links, `r${index}`), index, index);
  }
  await sources.path("new");
  const kept = await readdir(links);
  expect(kept).toHaveLength(16);
  expect(kept).toContain("new");
  expect(["r1", "r2"].filter((link) => kept.includes(link))).toEqual([]);
});

test("a failed fetch leaves no link, and the next call tries again", async ({ directory }) => {
  let fails = true;
  const { sources } = await open(directory, async () => {
    if (fails) throw new Error("no space left");
    return STORED;
  });
  expect(await rejection(sources.path("r1"))).toMatchObject({ message: "no space left" });
  expect(await readdir(join(directory, "sources"))).toHaveLength(1);
  fails = false;
  expect(await sources.path("r1")).toBe(STORED);
});

describe("adding a folder to the store", () => {
  const signal = new AbortController().signal;

  test("gives its store path", async ({ directory }) => {
    const { isolation, calls } = await fakeStore(directory);
    expect(await addToStore("/some/source", { isolation, signal, gcRoot: "/link" })).toBe(STORED);
    expect(await calls()).toEqual(["add source"]);
  });

  test("fails if Nix does not print a store path", async ({ directory }) => {
    const { isolation } = await fakeStore(directory, "/etc");
    const error = await rejection(addToStore("/some/source", { isolation, signal, gcRoot: "/link" }));
    expect(error).toMatchObject({ message: 'Nix copied a folder into its store and gave no store path: "/etc"' });
  });
});
