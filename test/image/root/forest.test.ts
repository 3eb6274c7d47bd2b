import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { buildForest } from "../../../image/root/forest.ts";
import { rejection, test, type TreeNode, writeTree } from "../../origin/fixtures.ts";

type Trees = Readonly<Record<string, Readonly<Record<string, TreeNode>>>>;

/** Builds the forest of trees, the first one first; store paths stand by their names alone. */
async function forestOf(directory: string, trees: Trees, reserved: readonly string[] = []) {
  const store = join(directory, "store");
  const roots = await Promise.all(Object.entries(trees).map(([name, tree]) => writeTree(join(store, name), tree)));
  const shorten = (path: string) => path.replace(`${store}/`, "");
  const { entries, ...forest } = buildForest({ roots, reserved: new Set(reserved) });
  const clashes = forest.clashes.map(({ path, winner, loser }) => `${path}: ${shorten(winner)}, not ${shorten(loser)}`);
  const lines = entries.map((entry) =>
    entry.type === "symlink" ? `${entry.name} -> ${shorten(entry.target)}` : entry.name,
  );
  return { lines, clashes, entries };
}

test("the worked example", async ({ directory }) => {
  const forest = await forestOf(directory, {
    a: { "bin/x": "", "share/a/1": "" },
    b: { "bin/x": "", "bin/y": "", "etc/b": "" },
  });
  expect(forest).toMatchObject({
    lines: [
      "bin/",
      "bin/x -> a/bin/x",
      "bin/y -> b/bin/y",
      "etc/",
      "etc/b -> b/etc/b",
      "share/",
      "share/a -> a/share/a",
    ],
    clashes: ["bin/x: a/bin/x, not b/bin/x"],
  });
});

test("directories may be entered by all and written by root", async ({ directory }) => {
  const { entries } = await forestOf(directory, { a: { "bin/x": "" } });
  expect(entries[0]).toEqual({ type: "directory", name: "bin/", mode: 0o755 });
});

describe("directories", () => {
  test.for<[string, Trees, string[]]>([
    ["at the top level are real", { a: { "lib/x/y": "" } }, ["lib/", "lib/x -> a/lib/x"]],
    ["that are empty stay at the top level", { a: { "lib/": "" } }, ["lib/"]],
    ["of one root are one link below it", { a: { "share/x/y/z": "" } }, ["share/", "share/x -> a/share/x"]],
    [
      "that programs write to are real at any depth",
      { a: { "var/lib/redis/": "", "run/sshd/": "" } },
      ["run/", "run/sshd/", "var/", "var/lib/", "var/lib/redis/"],
    ],
    [
      "of several roots are merged at any depth",
      { a: { "share/x/y/1": "" }, b: { "share/x/y/2": "", "share/x/z/3": "" } },
      [
        "share/",
        "share/x/",
        "share/x/y/",
        "share/x/y/1 -> a/share/x/y/1",
        "share/x/y/2 -> b/share/x/y/2",
        "share/x/z -> b/share/x/z",
      ],
    ],
    [
      "behind links are merged as well",
      { a: { "share/x": { link: "../data" }, "data/1": "" }, b: { "share/x/2": "" } },
      ["data/", "data/1 -> a/data/1", "share/", "share/x/", "share/x/1 -> a/data/1", "share/x/2 -> b/share/x/2"],
    ],
    [
      "that are one and the same are one link",
      { a: { "share/x/1": "" }, b: { "share/x": { link: "../../a/share/x" } } },
      ["share/", "share/x -> a/share/x"],
    ],
  ])("%s", async ([, trees, lines], { directory }) => {
    expect(await forestOf(directory, trees)).toMatchObject({ lines, clashes: [] });
  });
});

describe("a clash", () => {
  test.for<[string, Trees, string[], string[]]>([
    [
      "of files is told once for each that is hidden",
      { a: { "bin/x": "" }, b: { "bin/x": "" }, c: { "bin/x": "" } },
      ["bin/", "bin/x -> a/bin/x"],
      ["bin/x: a/bin/x, not b/bin/x", "bin/x: a/bin/x, not c/bin/x"],
    ],
    [
      "of a file with a directory",
      { a: { "bin/x": "" }, b: { "bin/x/y": "" } },
      ["bin/", "bin/x -> a/bin/x"],
      ["bin/x: a/bin/x, not b/bin/x"],
    ],
    [
      "of a directory with a file leaves other directories merged",
      { a: { "bin/x/1": "" }, b: { "bin/x": "" }, c: { "bin/x/2": "" } },
      ["bin/", "bin/x/", "bin/x/1 -> a/bin/x/1", "bin/x/2 -> c/bin/x/2"],
      ["bin/x: a/bin/x, not b/bin/x"],
    ],
    [
      "is none between links to one file",
      { a: { "bin/x": "" }, b: { "bin/x": { link: "../../a/bin/x" } } },
      ["bin/", "bin/x -> a/bin/x"],
      [],
    ],
  ])("%s", async ([, trees, lines, clashes], { directory }) => {
    expect(await forestOf(directory, trees)).toMatchObject({ lines, clashes });
  });
});

describe("links", () => {
  test.for<[string, string]>([
    ["that lead nowhere", "/nowhere/x"],
    ["to themselves", "x"],
    ["to files of this machine", "/etc/passwd"],
  ])("%s are kept", async ([, target], { directory }) => {
    const { lines } = await forestOf(directory, { a: { "bin/x": { link: target } } });
    expect(lines).toEqual(["bin/", "bin/x -> a/bin/x"]);
  });

  test("to directories of this machine are not read, neither at the top level nor merged", async ({ directory }) => {
    await writeTree(directory, { "machine/secret": "" });
    const machine = { link: join(directory, "machine") };
    const { lines } = await forestOf(directory, {
      a: { etc: machine, "share/x": machine },
      b: { "share/x/1": "" },
    });
    expect(lines).toEqual(["etc -> a/etc", "share/", "share/x -> a/share/x"]);
  });

  test.for<[string, Trees, string[]]>([
    [
      "of one root",
      { a: { "bin/x": "", "bin/X11": { link: "." } } },
      ["bin/", "bin/X11 -> a/bin/X11", "bin/x -> a/bin/x"],
    ],
    [
      "of two roots",
      { a: { "bin/x": "", "bin/X11": { link: "." } }, b: { "bin/y": "", "bin/X11": { link: "." } } },
      ["bin/", "bin/X11 -> a/bin/X11", "bin/x -> a/bin/x", "bin/y -> b/bin/y"],
    ],
    ["at the top level", { a: { x: "", usr: { link: "." } }, b: { usr: { link: "." } } }, ["usr -> a/usr", "x -> a/x"]],
    [
      "through each other",
      {
        a: { "s/x/l": { link: "../y" }, "s/y/l": { link: "../x" } },
        b: { "s/x/l": { link: "../y" }, "s/y/l": { link: "../x" } },
      },
      ["s/", "s/x/", "s/x/l/", "s/x/l/l -> a/s/y/l", "s/y/", "s/y/l/", "s/y/l/l -> a/s/x/l"],
    ],
  ])("that lead in circles end: %s", async ([, trees, lines], { directory }) => {
    expect((await forestOf(directory, trees)).lines).toEqual(lines);
  });
});

test("a package that is a link out of the store has no place in it", async ({ directory }) => {
  await writeTree(directory, { "machine/secret": "", "store/": "" });
  await symlink(join(directory, "machine"), join(directory, "store/a"));
  expect(buildForest({ roots: [join(directory, "store/a")], reserved: new Set() }).entries).toEqual([]);
});

test("a package that is a link to another is read by its own name", async ({ directory }) => {
  const { lines } = await forestOf(directory, { b: { "bin/x": "" } });
  expect(lines).toEqual(["bin/", "bin/x -> b/bin/x"]);
  await symlink("b", join(directory, "store/a"));
  const { entries } = buildForest({ roots: [join(directory, "store/a")], reserved: new Set() });
  expect(entries.at(-1)).toMatchObject({ name: "bin/x", target: join(directory, "store/a/bin/x") });
});

test("names of any bytes stay apart and are kept", async ({ directory }) => {
  const names = [[0x61, 0xff], [0x61, 0xfe], [0x0a, 0x07], [...Buffer.from("ä")], [0xef, 0xbf, 0xbd]];
  const bin = `${join(directory, "store/a/bin")}/`;
  await writeTree(directory, { "store/a/bin/": "" });
  for (const name of names) await writeFile(Buffer.concat([Buffer.from(bin), Buffer.from(name)]), "");
  const { entries } = buildForest({ roots: [join(directory, "store/a")], reserved: new Set() });
  const found = entries.flatMap((entry) => (entry.type === "symlink" ? [[entry.name, entry.target]] : []));
  const expected = names.map((name) => Buffer.from(name).toString("latin1")).toSorted();
  expect(found).toEqual(expected.map((name) => [`bin/${name}`, `${bin}${name}`]));
});

describe("a package that makes the root too large is told", () => {
  /** Directories with links to all of them, in two packages: as many paths as there are orders of them. */
  test("when links make paths without end", async ({ directory }) => {
    const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
    const tree = Object.fromEntries(
      names.flatMap((name) => names.map((other) => [`s/${name}/${other}`, { link: `../${other}` }])),
    );
    const run = forestOf(directory, { a: tree, b: tree });
    expect(await rejection(run)).toMatchObject({
      name: "PackageError",
      message: expect.stringMatching(/brings too m/),
    });
  });
});

describe("reserved directories are real", () => {
  test.for<[string, Trees, string[], string[], string[]]>([
    [
      "where one root has them",
      { a: { "usr/bin/x": "" } },
      ["usr/bin"],
      ["usr/", "usr/bin/", "usr/bin/x -> a/usr/bin/x"],
      [],
    ],
    [
      "and those above them",
      { a: { "opt/lib/x/1": "", "opt/lib/y/2": "" } },
      ["opt/lib/x"],
      ["opt/", "opt/lib/", "opt/lib/x/", "opt/lib/x/1 -> a/opt/lib/x/1", "opt/lib/y -> a/opt/lib/y"],
      [],
    ],
    [
      "but not those beside them",
      { a: { "usr/binary/x": "" } },
      ["usr/bin"],
      ["usr/", "usr/binary -> a/usr/binary"],
      [],
    ],
    ["instead of a file", { a: { tmp: "" } }, ["tmp"], ["tmp/"], ["tmp: a directory, not a/tmp"]],
    [
      "and win over files of earlier roots",
      { a: { tmp: "" }, b: { "tmp/x": "" } },
      ["tmp"],
      ["tmp/", "tmp/x -> b/tmp/x"],
      ["tmp: b/tmp, not a/tmp"],
    ],
  ])("%s", async ([, trees, reserved, lines, clashes], { directory }) => {
    expect(await forestOf(directory, trees, reserved)).toMatchObject({ lines, clashes });
  });
});

test("Nix's notes are left out, but only at the top", async ({ directory }) => {
  const { lines } = await forestOf(directory, { a: { "nix-support/x": "", "share/nix-support/x": "", "bin/x": "" } });
  expect(lines).toEqual(["bin/", "bin/x -> a/bin/x", "share/", "share/nix-support -> a/share/nix-support"]);
});

test("no roots, no entries", async ({ directory }) => {
  expect((await forestOf(directory, {})).lines).toEqual([]);
});

test("a package that is a single file has no place in it", async ({ directory }) => {
  await writeTree(join(directory, "store"), { text: "a file" });
  const roots = [join(directory, "store/text")];
  expect(buildForest({ roots, reserved: new Set() })).toEqual({ entries: [], clashes: [] });
});
