import { describe, expect, test } from "vitest";
import { buildForest } from "../../../image/root/forest.ts";
import type { FileTrees } from "../../../image/root/file-trees.ts";
import { StoreFiles } from "../../../image/root/store-files.ts";
import { storeFiles, storeOf, storePath, STORE, type Tree, type Trees } from "./store.ts";

const shorten = (path: string) => path.replace(`${STORE}/`, "");

/** Builds the forest of trees, in their order. Store paths are shortened to their names. */
function forestOf(trees: Trees, reserved: readonly string[] = []) {
  const { entries, ...forest } = buildForest({ ...storeOf(trees), reserved: new Set(reserved) });
  const clashes = forest.clashes.map(({ path, winner, loser }) => `${path}: ${shorten(winner)}, not ${shorten(loser)}`);
  const lines = entries.map((entry) =>
    entry.type === "symlink" ? `${entry.name} -> ${shorten(entry.target)}` : entry.name,
  );
  return { lines, clashes, entries };
}

/** Builds the forest of the package `a` alone. */
function forestOfA(tree: Tree, closure = ["a"]) {
  return buildForest({ roots: [storePath("a")], files: storeFiles(tree, closure), reserved: new Set() });
}

test("the worked example", () => {
  const forest = forestOf({
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

test("everybody can enter directories, and root can write to them", () => {
  const { entries } = forestOf({ a: { "bin/x": "" } });
  expect(entries[0]).toEqual({ type: "directory", name: "bin/", mode: 0o755 });
});

describe("directories", () => {
  test.for<[string, Trees, string[]]>([
    ["at the top level are real", { a: { "lib/x/y": "" } }, ["lib/", "lib/x -> a/lib/x"]],
    ["that are empty stay at the top level", { a: { "lib/": "" } }, ["lib/"]],
    ["of one root are one link below the top level", { a: { "share/x/y/z": "" } }, ["share/", "share/x -> a/share/x"]],
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
      "that are the same directory are one link",
      { a: { "share/x/1": "" }, b: { "share/x": { link: "../../a/share/x" } } },
      ["share/", "share/x -> a/share/x"],
    ],
  ])("%s", ([, trees, lines]) => {
    expect(forestOf(trees)).toMatchObject({ lines, clashes: [] });
  });
});

describe("a clash", () => {
  test.for<[string, Trees, string[], string[]]>([
    [
      "of files is reported once for each hidden file",
      { a: { "bin/x": "" }, b: { "bin/x": "" }, c: { "bin/x": "" } },
      ["bin/", "bin/x -> a/bin/x"],
      ["bin/x: a/bin/x, not b/bin/x", "bin/x: a/bin/x, not c/bin/x"],
    ],
    [
      "of a file and a later directory",
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
      "does not happen between links to one file",
      { a: { "bin/x": "" }, b: { "bin/x": { link: "../../a/bin/x" } } },
      ["bin/", "bin/x -> a/bin/x"],
      [],
    ],
  ])("%s", ([, trees, lines, clashes]) => {
    expect(forestOf(trees)).toMatchObject({ lines, clashes });
  });
});

describe("links", () => {
  test.for<[string, string]>([
    ["that lead nowhere", "/nowhere/x"],
    ["to themselves", "x"],
    ["to files of this machine", "/etc/passwd"],
  ])("%s are kept", ([, target]) => {
    const { lines } = forestOf({ a: { "bin/x": { link: target } } });
    expect(lines).toEqual(["bin/", "bin/x -> a/bin/x"]);
  });

  test("to directories of this machine are not followed, at the top level and in merged directories", () => {
    const link = { link: "/machine/folder" };
    const files = storeFiles({ "/machine/folder/secret": "", "a/etc": link, "a/share/x": link, "b/share/x/1": "" });
    const { entries } = buildForest({ roots: ["a", "b"].map(storePath), files, reserved: new Set() });
    expect(entries.map((entry) => [entry.name, "target" in entry ? shorten(entry.target) : ""])).toEqual([
      ["etc", "a/etc"],
      ["share/", ""],
      ["share/x", "a/share/x"],
    ]);
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
  ])("that lead in circles end: %s", ([, trees, lines]) => {
    expect(forestOf(trees).lines).toEqual(lines);
  });
});

test("a package that is a link out of the store adds nothing", () => {
  const tree = { "/machine/folder/secret": "", a: { link: "/machine/folder" } };
  expect(forestOfA(tree).entries).toEqual([]);
});

test("a package that is a link to another package keeps its own path", () => {
  const { lines } = forestOf({ b: { "bin/x": "" } });
  expect(lines).toEqual(["bin/", "bin/x -> b/bin/x"]);
  const { entries } = forestOfA({ "b/bin/x": "", a: { link: "b" } }, ["a", "b"]);
  expect(entries.at(-1)).toMatchObject({ name: "bin/x", target: storePath("a/bin/x") });
});

test("a missing package is an error", () => {
  expect(() => forestOfA({ "b/bin/x": "" })).toThrow(new Error(`${storePath("a")} is gone`));
});

test("names of any bytes are kept, and stay different", () => {
  const names = ["a\u00ff", "a\u00fe", "\n\u0007", "\u00c3\u00a4", "\u00ef\u00bf\u00bd"];
  const { trees } = storeFiles({ "a/bin/": "" });
  const listed = names.map((name) => ({ name, isLink: false, isDirectory: false }));
  const list: FileTrees["list"] = (path) => (path.endsWith("/bin") ? listed : trees.list(path));
  const roots = [storePath("a")];
  const { entries } = buildForest({
    roots,
    files: new StoreFiles({ ...trees, list }, roots),
    reserved: new Set(),
  });
  const found = entries.flatMap((entry) => (entry.type === "symlink" ? [[entry.name, entry.target]] : []));
  expect(found).toEqual(names.toSorted().map((name) => [`bin/${name}`, `${storePath("a/bin")}/${name}`]));
});

describe("reserved directories are real", () => {
  test.for<[string, Trees, string[], string[], string[]]>([
    [
      "if one root has them",
      { a: { "usr/bin/x": "" } },
      ["usr/bin"],
      ["usr/", "usr/bin/", "usr/bin/x -> a/usr/bin/x"],
      [],
    ],
    [
      "with the directories above them",
      { a: { "opt/lib/x/1": "", "opt/lib/y/2": "" } },
      ["opt/lib/x"],
      ["opt/", "opt/lib/", "opt/lib/x/", "opt/lib/x/1 -> a/opt/lib/x/1", "opt/lib/y -> a/opt/lib/y"],
      [],
    ],
    [
      "but directories beside them are links",
      { a: { "usr/binary/x": "" } },
      ["usr/bin"],
      ["usr/", "usr/binary -> a/usr/binary"],
      [],
    ],
    ["in place of a file", { a: { tmp: "" } }, ["tmp"], ["tmp/"], ["tmp: a directory, not a/tmp"]],
    [
      "and win over files of earlier roots",
      { a: { tmp: "" }, b: { "tmp/x": "" } },
      ["tmp"],
      ["tmp/", "tmp/x -> b/tmp/x"],
      ["tmp: b/tmp, not a/tmp"],
    ],
  ])("%s", ([, trees, reserved, lines, clashes]) => {
    expect(forestOf(trees, reserved)).toMatchObject({ lines, clashes });
  });
});

test("Nix's notes are left out, but only at the top", () => {
  const { lines } = forestOf({ a: { "nix-support/x": "", "share/nix-support/x": "", "bin/x": "" } });
  expect(lines).toEqual(["bin/", "bin/x -> a/bin/x", "share/", "share/nix-support -> a/share/nix-support"]);
});

test("without roots there are no entries", () => expect(forestOf({}).lines).toEqual([]));

test("a package that is a single file adds nothing", () => {
  expect(forestOfA({ a: "a file" })).toEqual({ entries: [], clashes: [] });
});
