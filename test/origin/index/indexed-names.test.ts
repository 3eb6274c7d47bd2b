import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { ALWAYS_PACKAGES } from "../../../image/names/always-packages.ts";
import type { IndexEntry } from "../../../image/names/index-entry.ts";
import { createNameIndex } from "../../../origin/index/indexed-names.ts";
import { indexPlace, type NameIndexSettings } from "../../../origin/index/index-place.ts";
import type { SetNames } from "../../../origin/index/set-names.ts";
import { writeIndex } from "../../../origin/index/write-index.ts";
import { NameError } from "../../../origin/nix/package-problems.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { nameIndexPrefix, nameIndexMetaKey, nameShardKey, setNamesKey } from "../../../protocol/storage-keys.ts";
import { rejection, test } from "../fixtures.ts";

const SETTINGS: NameIndexSettings = { source: "channel:nixos-25.11", nix: {}, restrictsPath: true };
const REVISION = { revision: "5".repeat(40), isExact: true };
const NEVER = new AbortController().signal;
const path = (name: string) => `/nix/store/${"0".repeat(32)}-${name}`;
const request = (...packages: string[]) => ({ packages, architecture: "amd64" }) as const;
const root = (name: string, attribute: string, output = name, requested = true) => ({
  name,
  attribute,
  path: path(output),
  requested,
});
const CACERT = root("cacert", "cacert", "cacert", false);

const ENTRIES: ReadonlyMap<string, IndexEntry> = new Map([
  ["git", { kind: "package", attribute: "git", paths: [path("git")] }],
  ["7zz", { kind: "package", attribute: "_7zz", paths: [path("7zz")] }],
  ["openssl", { kind: "package", attribute: "openssl", paths: [path("openssl-bin"), path("openssl-man")] }],
  ["cacert", { kind: "package", attribute: "cacert", paths: [path("cacert")] }],
  ["perlpackages.dbi", { kind: "package", attribute: "perlPackages.DBI", paths: [path("dbi")] }],
  ["perlpackages", { kind: "unsuitable" }],
  ["haskellpackages", { kind: "unsuitable" }],
  ["elsewhere", { kind: "foreign" }],
  ["unfree", { kind: "failed", reason: "unfree-1 has an unfree license" }],
  ["old", { kind: "failed", reason: "old was removed" }],
  ["slow", { kind: "open" }],
]);
const SETS: SetNames = new Map([
  [
    "",
    ["git", "_7zz", "openssl", "cacert", "perlPackages", "haskellPackages", "elsewhere", "unfree", "old", "aB", "Ab"],
  ],
  ["perlPackages.", ["DBI"]],
]);

async function setUp(directory: string, { isIndexed = true, settings = SETTINGS } = {}) {
  const store = createDiskStore(directory);
  const place = indexPlace(SETTINGS, REVISION, "x86_64-linux");
  if (!place) throw new Error("the revision is exact");
  const prefix = await nameIndexPrefix(place);
  if (isIndexed) await writeIndex(store, prefix, { entries: ENTRIES, sets: SETS }, NEVER);
  const open = vi.spyOn(store, "open");
  const put = vi.spyOn(store, "put");
  const index = createNameIndex(store, settings);
  const find = (...packages: string[]) => index.find(request(...packages), REVISION);
  return { index, find, prefix, open, put, file: (key: string) => join(directory, key) };
}

describe("packages are found", () => {
  test("in the order of an evaluation, with the packages that every image gets", async ({ directory }) => {
    const { find } = await setUp(directory);
    expect(await find("7zz", "openssl", "perlpackages.dbi")).toEqual([
      root("7zz", "_7zz"),
      root("openssl", "openssl", "openssl-bin"),
      root("openssl", "openssl", "openssl-man"),
      root("perlpackages.dbi", "perlPackages.DBI", "dbi"),
      CACERT,
    ]);
    expect(await find("cacert")).toEqual([root("cacert", "cacert")]);
  });

  test("with one read for each shard, and none for a shard that was read before", async ({ directory }) => {
    const { find, open, prefix } = await setUp(directory);
    await find("git");
    const read = open.mock.calls.map(([key]) => key.slice(prefix.length));
    expect(new Set(read)).toEqual(new Set(["meta", "shard-"]));
    open.mockClear();
    await find("7zz", "openssl");
    expect(open).not.toHaveBeenCalled();
  });
});

describe("a name that the source refuses is told in the words of an evaluation:", () => {
  test.for<[names: string[], message: string]>([
    [["gti"], "no such package: gti; did you mean git?"],
    [["nosuch", "git"], "no such package: nosuch"],
    [["perlpackages.dbl"], "no such package: perlpackages.dbl; did you mean perlpackages.dbi?"],
    [["ab"], "ab could be any of aB, Ab"],
    [["perlpackages"], "perlpackages is not a package"],
    [["elsewhere"], "elsewhere is not available for amd64"],
    [
      ["ab", "elsewhere", "gti"],
      "no such package: gti; did you mean git? ab could be any of aB, Ab; elsewhere is not available for amd64",
    ],
  ])("%s", async ([names, message], { directory }) => {
    const { find } = await setUp(directory);
    const error = await rejection(find(...names));
    expect(error).toBeInstanceOf(NameError);
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message });
  });

  test("a package whose evaluation fails", async ({ directory }) => {
    const { find } = await setUp(directory);
    const error = await rejection(find("git", "unfree"));
    expect(error).not.toBeInstanceOf(NameError);
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: "building git/unfree failed: unfree-1 has an unfree license",
    });
  });
});

describe("an evaluation must tell", () => {
  test.for<[why: string, names: string[]]>([
    ["of a package that the index left out", ["git", "slow"]],
    ["of an attribute of a set that the index does not list", ["haskellpackages.aeson"]],
    ["of an output", ["git.dev"]],
    ["which of two errors comes first", ["old", "unfree"]],
    ["whether an error or a name comes first", ["old", "nosuch"]],
  ])("%s", async ([, names], { directory }) => {
    const { find } = await setUp(directory);
    expect(await find(...names)).toBeUndefined();
  });

  test("if the request is for an image of the package set", async ({ directory }) => {
    const { index, open } = await setUp(directory);
    expect(await index.find({ packages: [], image: "web", architecture: "amd64" }, REVISION)).toBeUndefined();
    expect(open).not.toHaveBeenCalled();
  });

  test.for<[why: string, revision: object]>([
    ["another revision", { revision: "6".repeat(40) }],
    ["a revision whose files may change", { isExact: false }],
    ["another nixpkgs", { nixpkgs: "7".repeat(40) }],
  ])("of %s", async ([, change], { directory }) => {
    const { index } = await setUp(directory);
    expect(await index.find(request("git"), { ...REVISION, ...change })).toBeUndefined();
  });

  test.for<[why: string, settings: NameIndexSettings]>([
    ["another configuration of nixpkgs", { ...SETTINGS, nix: { nixpkgsConfig: '{"allowUnfree":true}' } }],
    ["other addresses", { ...SETTINGS, nix: { allowedUris: "https://example.org/" } }],
    ["import from derivation", { ...SETTINGS, nix: { allowIfd: true } }],
    ["another source", { ...SETTINGS, source: "channel:nixos-unstable" }],
  ])("with %s", async ([, settings], { directory }) => {
    const { find } = await setUp(directory, { settings });
    expect(await find("git")).toBeUndefined();
  });

  test("of the other architecture", async ({ directory }) => {
    const { index } = await setUp(directory);
    expect(await index.find({ packages: ["git"], architecture: "arm64" }, REVISION)).toBeUndefined();
  });
});

describe("an index that is not whole", () => {
  test.for<[part: string, key: (prefix: string) => string, names: string[]]>([
    ["its meta", nameIndexMetaKey, ["git"]],
    ["a shard", (prefix) => nameShardKey(prefix, ""), ["git"]],
    ["its names, for a name without an entry", setNamesKey, ["gti"]],
  ])("counts as missing: without %s, or with a damaged one", async ([, key, names], { directory }) => {
    const damaged = await setUp(join(directory, "damaged"));
    await writeFile(damaged.file(key(damaged.prefix)), "damaged");
    expect(await damaged.find(...names)).toBeUndefined();
    const missing = await setUp(join(directory, "missing"));
    await rm(missing.file(key(missing.prefix)));
    expect(await missing.find(...names)).toBeUndefined();
  });

  test("is looked for again at the next pull", async ({ directory }) => {
    const { index, find, prefix } = await setUp(directory, { isIndexed: false });
    expect([await find("git"), await index.hasIndex(REVISION, "amd64")]).toEqual([undefined, false]);
    await writeIndex(createDiskStore(directory), prefix, { entries: ENTRIES, sets: SETS }, NEVER);
    expect([await find("git"), await index.hasIndex(REVISION, "amd64")]).toEqual([[root("git", "git"), CACERT], true]);
  });
});

describe("what an evaluation found", () => {
  const found = [root("git.dev", "git.dev", "git-dev"), root("haskellpackages.a", "haskellPackages.A"), CACERT];

  test("is found without an index, and after a start", async ({ directory }) => {
    const { index } = await setUp(directory, { isIndexed: false });
    await index.note(request("git.dev", "haskellpackages.a"), REVISION, { found });
    const { find } = await setUp(directory, { isIndexed: false });
    expect(await find("git.dev")).toEqual([found[0], CACERT]);
    expect(await find("git.dev", "haskellpackages.a")).toEqual(found);
    expect(await find("git")).toBeUndefined();
  });

  test("is found beside an index", async ({ directory }) => {
    const { index, find } = await setUp(directory);
    await index.note(request("git.dev"), REVISION, { found: found.slice(0, 1) });
    expect(await find("7zz", "git.dev")).toEqual([root("7zz", "_7zz"), found[0], CACERT]);
  });

  test("does not tell why a package is absent that nobody asked for", async ({ directory }) => {
    const { index, find } = await setUp(directory, { isIndexed: false });
    await index.note(request("git"), REVISION, { found: [root("git", "git")] });
    expect(await find("git")).toEqual([root("git", "git")]);
    expect(await find("iana-etc")).toBeUndefined();
  });

  test("is written once an hour if it stays the same", async ({ directory }) => {
    const state = { now: 0 };
    const store = createDiskStore(directory);
    const put = vi.spyOn(store, "put");
    const index = createNameIndex(store, SETTINGS, () => state.now);
    const writes = async (attribute: string, revision = REVISION) => {
      put.mockClear();
      await index.note(request("git"), revision, { found: [root("git", attribute)] });
      return put.mock.calls.length;
    };
    const all = 1 + ALWAYS_PACKAGES.length;
    expect([await writes("git"), await writes("git")]).toEqual([all, 0]);
    expect(await writes("gitFull")).toBe(1);
    expect(await writes("git", { ...REVISION, revision: "6".repeat(40) })).toBe(all);
    state.now = 3_600_000;
    expect(await writes("gitFull")).toBe(all);
  });

  test("is written again if the store failed", async ({ directory }) => {
    const { index, find, put } = await setUp(directory, { isIndexed: false });
    put.mockRejectedValueOnce(new Error("full"));
    await rejection(index.note(request("git"), REVISION, { found: [root("git", "git")] }));
    await index.note(request("git"), REVISION, { found: [root("git", "git")] });
    expect(await find("git")).toEqual([root("git", "git")]);
  });

  test("is not kept for an image of the package set, or for files that may change", async ({ directory }) => {
    const { index, put } = await setUp(directory);
    await index.note({ packages: [], image: "web", architecture: "amd64" }, REVISION, { found });
    await index.note(request("git.dev"), { ...REVISION, isExact: false }, { found });
    expect(put).not.toHaveBeenCalled();
  });
});
