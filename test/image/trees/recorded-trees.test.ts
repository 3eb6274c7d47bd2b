import { describe, expect, test } from "vitest";
import { decodeText } from "../../../image/tar/byte-string.ts";
import { recordedTrees } from "../../../image/trees/recorded-trees.ts";
import { treeWith } from "./entries.ts";

const A = `/nix/store/${"0".repeat(32)}-a`;
const B = `/nix/store/${"1".repeat(32)}-b`;
const trees = recordedTrees(
  new Map([
    [
      A,
      treeWith({
        "bin/git": { program: "#!" },
        "bin/sh": { link: "git" },
        "bin/x/": "",
        "etc/passwd": "text",
        "etc/group": "",
        "y/.wh.gone": "",
      }),
    ],
  ]),
);

test("a path leads to what is there", () => {
  expect(trees.find(A)).toMatchObject({ kind: "directory" });
  expect(trees.find(`${A}/bin/git`)).toMatchObject({ kind: "file", size: 2 });
  expect(trees.find(`${A}/bin/sh`)).toMatchObject({ kind: "symlink", target: "git" });
  expect(trees.find(`${A}/bin/none`)).toBeUndefined();
});

test("a directory has these entries", () => {
  expect(trees.list(`${A}/bin`)).toEqual([
    { name: "git", isLink: false, isDirectory: false },
    { name: "sh", isLink: true, isDirectory: false },
    { name: "x", isLink: false, isDirectory: true },
  ]);
});

test("a file is read whole", () => {
  expect(decodeText(trees.read(`${A}/etc/passwd`))).toBe("text");
  expect(trees.read(`${A}/etc/group`)).toHaveLength(0);
});

test("a directory with a name that no layer can hold is the package's fault", () => {
  const message = "a has a file that no image can hold, because its name begins with .wh.: .wh.gone";
  expect(() => trees.list(`${A}/y`)).toThrow(expect.objectContaining({ name: "PackageError", message }));
});

describe("nobody knows", () => {
  test.each([B, `${B}/bin/sh`])("what is at %s, without a tree", (path) => {
    expect(() => trees.find(path)).toThrow(expect.objectContaining({ name: "MissingTree", path: B }));
  });

  test("what is in a file whose bytes the tree does not keep", () => {
    const path = `${A}/bin/git`;
    expect(() => trees.read(path)).toThrow(expect.objectContaining({ name: "MissingBytes", path }));
  });
});
