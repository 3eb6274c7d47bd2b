import { describe, expect, test } from "vitest";
import type { FileEntry, TreeEntry } from "../../../image/trees/tree-entry.ts";
import { fileAt, TREE_LIMITS } from "../../../image/trees/tree.ts";
import { treeOf } from "../../../image/trees/tree-of.ts";
import { entriesOf, treeWith } from "./entries.ts";

const TREE = { "bin/git": { program: "#!" }, "bin/sh": { link: "git" }, "bin-x": "", "share/empty/": "", größe: "x" };

describe("a file is found by its path", () => {
  test.each([
    ["", { kind: "directory" }],
    ["bin", { kind: "directory" }],
    ["bin/git", { kind: "file", size: 2, isExecutable: true }],
    ["bin/sh", { kind: "symlink", target: "git" }],
    ["bin-x", { kind: "file", size: 0, isExecutable: false }],
    ["share/empty", { kind: "directory", files: [] }],
    ["gr\u00c3\u00b6\u00c3\u009fe", { kind: "file", size: 1 }],
  ])("%j", (path, found) => {
    expect(fileAt(treeWith(TREE), path)).toMatchObject(found);
  });

  test.each(["bin/a", "bin/z", "bin/git/x", "bin/sh/x", "share/empty/x", "bin/", "/bin", "."])(
    "nothing is at %j",
    (path) => {
      expect(fileAt(treeWith(TREE), path)).toBeUndefined();
    },
  );
});

test("a store path can be a file or a link", () => {
  expect(treeWith({ "": "text" }).top).toMatchObject({ kind: "file", size: 4 });
  expect(treeWith({ "": { link: "/nix" } }).top).toMatchObject({ kind: "symlink", target: "/nix" });
});

test("a tree keeps its bytes, and nothing around them", () => {
  const chunk = new Uint8Array(1000);
  const { top } = treeOf([{ ...file("", 2), bytes: chunk.subarray(0, 2) }]) ?? {};
  chunk.fill(1);
  expect(top).toMatchObject({ bytes: Uint8Array.of(0, 0) });
  expect(top?.kind === "file" && top.bytes?.buffer.byteLength).toBe(2);
});

function directory(path: string): TreeEntry {
  return { kind: "directory", path };
}
function file(path: string, size = 0, bytes?: Uint8Array): FileEntry {
  return { kind: "file", path, size, isExecutable: false, bytes };
}
function link(target: string): TreeEntry {
  return { kind: "symlink", path: "l", target };
}
const TOP = directory("");

describe("entries are no tree", () => {
  test.each<[string, TreeEntry[]]>([
    ["without any", []],
    ["without the store path", [file("a")]],
    ["with two store paths", [TOP, TOP]],
    ["below a file", [file(""), file("a")]],
    ["below a file of a directory", [TOP, file("a"), file("a/b")]],
    ["with a missing parent", [TOP, file("a/b")]],
    ["with a parent that comes later", [TOP, file("a/b"), directory("a")]],
    ["with a parent that is complete already", [TOP, directory("a"), directory("b"), file("a/x")]],
    ["in another order", [TOP, file("b"), file("a")]],
    ["with a name twice", [TOP, file("a"), file("a")]],
    ["with a name .", [TOP, file(".")]],
    ["with a name ..", [TOP, file("..")]],
    ["with a name with a NUL", [TOP, file("a\0")]],
    ["with an absolute path", [TOP, file("/a")]],
    ["with an empty name in a path", [TOP, directory("a"), file("a//b")]],
    ["with a name of 256 bytes", [TOP, file("n".repeat(256))]],
    ["with a negative size", [TOP, file("a", -1)]],
    ["with half a byte", [TOP, file("a", 1.5)]],
    ["with bytes of another size", [TOP, file("a", 2, new Uint8Array(1))]],
    ["with a link to nothing", [TOP, link("")]],
    ["with a link to a NUL", [TOP, link("a\0")]],
    ["with a link that is too long", [TOP, link("a".repeat(4096))]],
  ])("%s", (_, entries) => {
    expect(treeOf(entries)).toBeUndefined();
  });
});

test.each([20, 21])("a tree of %d folders with names of 200 bytes", (depth) => {
  const paths = Array.from({ length: depth }, (_, index) =>
    Array(index + 1)
      .fill("n".repeat(200))
      .join("/"),
  );
  expect(treeOf([TOP, ...paths.map(directory)]) !== undefined).toBe(depth === 20);
});

describe("a tree above a limit is no tree", () => {
  test("of entries", () => {
    const entries = entriesOf({ a: "", b: "" });
    expect(treeOf(entries, { ...TREE_LIMITS, entries: 3 })).toBeDefined();
    expect(treeOf(entries, { ...TREE_LIMITS, entries: 2 })).toBeUndefined();
  });

  test("of memory, with the kept bytes", () => {
    const bytes = treeWith({ "etc/passwd": "text" }).memoryBytes;
    expect(treeOf(entriesOf({ "etc/passwd": "text" }), { ...TREE_LIMITS, bytes })).toBeDefined();
    expect(treeOf(entriesOf({ "etc/passwd": "texts" }), { ...TREE_LIMITS, bytes })).toBeUndefined();
  });
});
