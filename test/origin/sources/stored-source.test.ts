import { lutimes, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { createStoredSources } from "../../../origin/sources/stored-source.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const STORED = "/nix/store/00000000000000000000000000000000-source";
const NAME_HASH = /^[0-9a-f]{16}\.revisions$/;

/** Prints one store path, writes down what it was called with, and makes the link to what it was given. */
const NIX_STORE = `#!/bin/sh
echo "$1 \${2##*/}" >>"$LOG"
case $1 in --add) echo ${STORED} ;; --realise) ln -sfn "$2" "$4" ;; esac
`;

async function open(directory: string, checkOut = async () => {}) {
  await writeTree(directory, { "bin/nix-store": { program: NIX_STORE } });
  const log = join(directory, "log");
  const sources = createStoredSources({
    name: "a",
    directory: join(directory, "sources"),
    env: { PATH: `${directory}/bin:/usr/bin:/bin`, LOG: log },
    signal: new AbortController().signal,
    checkOut,
  });
  return { sources, calls: async () => (await readFile(log, "utf8")).trim().split("\n") };
}

test("a revision is checked out once for all who ask at the same time, stored as `source` and kept", async ({
  directory,
}) => {
  let count = 0;
  const { sources, calls } = await open(directory, async () => void (count += 1));
  expect(await Promise.all([sources.path("r1"), sources.path("r1")])).toEqual([STORED, STORED]);
  expect(count).toBe(1);
  expect(await calls()).toEqual(["--add source", "--realise 00000000000000000000000000000000-source"]);
  expect(await readdir(join(directory, "sources"))).toEqual([expect.stringMatching(NAME_HASH)]);
});

test("a revision that the garbage collector took is stored again", async ({ directory }) => {
  let count = 0;
  const { sources } = await open(directory, async () => void (count += 1));
  await sources.path("r1");
  // The link leads nowhere: the store path of this test was never there.
  await sources.path("r1");
  expect(count).toBe(2);
});

test("the sixteen latest are kept", async ({ directory }) => {
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

test("a checkout that fails leaves nothing, and is tried again", async ({ directory }) => {
  let fails = true;
  const { sources } = await open(directory, async () => {
    if (fails) throw new Error("no space left");
  });
  expect(await rejection(sources.path("r1"))).toMatchObject({ message: "no space left" });
  expect(await readdir(join(directory, "sources"))).toHaveLength(1);
  fails = false;
  expect(await sources.path("r1")).toBe(STORED);
});
