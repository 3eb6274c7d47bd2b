import { lutimes, readdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { addToStore } from "../../../origin/nix/add-to-store.ts";
import { createStoredRevisions, type RevisionFetch } from "../../../origin/sources/stored-revisions.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const STORED = "/nix/store/00000000000000000000000000000000-source";
const NAME_HASH = /^[0-9a-f]{16}\.revisions$/;

/** Records its arguments, and makes the link to the given path. Each path has 1000 bytes; some have vanished. */
const NIX_STORE = `#!/bin/sh
echo "$1 \${2##*/}" >>"$LOG"
case $1 in
  --realise) ln -sfn "$2" "$4" ;;
  --query) shift 2; for path; do echo 1000; done ;;
  --check-validity) shift 2; for path; do case $path in *vanished) echo "$path" ;; esac; done ;;
esac
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

async function open(directory: string, fetchToStore: (fetch: RevisionFetch) => Promise<string> = async () => STORED) {
  const { isolation, calls } = await fakeStore(directory);
  const sources = createStoredRevisions({
    name: "a",
    directory: join(directory, "sources"),
    maxBytes: 3000,
    isolation,
    signal: new AbortController().signal,
    fetchToStore,
  });
  return { sources, calls };
}

test("a revision is fetched once for all callers at the same time, and kept", async ({ directory }) => {
  const fetchToStore = vi.fn<(fetch: RevisionFetch) => Promise<string>>(async () => STORED);
  const { sources, calls } = await open(directory, fetchToStore);
  expect(await Promise.all([sources.path("r1"), sources.path("r1")])).toEqual([STORED, STORED]);
  expect(fetchToStore).toHaveBeenCalledOnce();
  expect((await calls()).slice(0, 1)).toEqual(["--realise 00000000000000000000000000000000-source"]);
  expect(await readdir(join(directory, "sources"))).toEqual([expect.stringMatching(NAME_HASH)]);
});

test("a revision that the garbage collector removed is fetched again", async ({ directory }) => {
  const fetchToStore = vi.fn<(fetch: RevisionFetch) => Promise<string>>(async () => STORED);
  const { sources } = await open(directory, fetchToStore);
  await sources.path("r1");
  // The target of the link is missing, because this test's store path never existed.
  await sources.path("r1");
  expect(fetchToStore).toHaveBeenCalledTimes(2);
});

test("a revision is fetched again if Nix's garbage collector removed it before its link was made", async ({
  directory,
}) => {
  const fetchToStore = vi.fn<(fetch: RevisionFetch) => Promise<string>>(async () => STORED);
  const { sources } = await open(directory, fetchToStore);
  const removedOnce = `#!/bin/sh
case $1 in --realise) [ -e "$LOG" ] || { >"$LOG"; echo "don't know how to build these paths:" >&2; exit 1; } ;; esac
`;
  await writeTree(directory, { "bin/nix-store": { program: removedOnce } });
  expect(await sources.path("r1")).toBe(STORED);
  expect(fetchToStore).toHaveBeenCalledTimes(2);
});

describe("revisions that are more than the limit", () => {
  /** Makes links, each with its age in seconds. Then fetches another revision, and returns the names that are left. */
  async function keptBeside(directory: string, ages: Readonly<Record<string, number>>, name = "source") {
    const { sources } = await open(directory);
    await sources.path("new");
    const [links = ""] = (await readdir(join(directory, "sources"))).map((folder) =>
      join(directory, "sources", folder),
    );
    await rm(join(links, "new"));
    const now = Date.now() / 1000;
    for (const [index, [revision, age]] of Object.entries(ages).entries()) {
      await symlink(`/nix/store/${String(index).padStart(32, "0")}-${name}`, join(links, revision));
      await lutimes(join(links, revision), now - age, now - age);
    }
    await sources.path("new");
    return (await readdir(links)).toSorted();
  }

  test("lose the ones that were used the longest time ago", async ({ directory }) => {
    expect(await keptBeside(directory, { a: 8000, b: 5000, c: 9000, d: 6000 })).toEqual(["b", "d", "new"]);
  });

  test("keep the ones that a build may still use", async ({ directory }) => {
    expect(await keptBeside(directory, { a: 10, b: 20, c: 30, d: 6000 })).toEqual(["a", "b", "c", "new"]);
  });

  test("lose the ones that the store does not have any more", async ({ directory }) => {
    expect(await keptBeside(directory, { a: 10 }, "vanished")).toEqual(["new"]);
  });
});

test("a caller that comes later hears that another build fetches the revision", async ({ directory }) => {
  const { sources } = await open(directory);
  const lines: string[][] = [[], []];
  await Promise.all(lines.map((log) => sources.path("r1", (event) => event.event === "log" && log.push(event.line))));
  expect(lines).toEqual([[], ["another build is fetching the same revision; this build waits for it"]]);
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
