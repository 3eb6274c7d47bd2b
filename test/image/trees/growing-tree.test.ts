import { describe, expect, test } from "vitest";
import { TREE_LIMITS } from "../../../image/trees/tree.ts";
import type { TreeEntry } from "../../../image/trees/tree-entry.ts";
import { GrowingTree, treeOf } from "../../../image/trees/tree-of.ts";

const TOP: TreeEntry = { kind: "directory", path: "" };
const fileOf = (path: string, bytes: Uint8Array): TreeEntry => ({
  kind: "file",
  path,
  size: bytes.length,
  isExecutable: false,
  bytes,
});

test("a tree grows to the same tree as its entries", () => {
  const entries = [TOP, fileOf("a", Uint8Array.of(1)), fileOf("b", Uint8Array.of(2))];
  const tree = new GrowingTree();
  for (const entry of entries) tree.add(entry);
  expect(tree.finish()).toEqual(treeOf(entries));
});

describe("a tree is forgotten, and stays forgotten,", () => {
  test("with too many entries", () => {
    const tree = new GrowingTree({ ...TREE_LIMITS, entries: 3 });
    for (const entry of [TOP, ...["a", "b", "c"].map((path) => fileOf(path, Uint8Array.of()))]) tree.add(entry);
    tree.add(fileOf("d", Uint8Array.of()));
    expect(tree.finish()).toBeUndefined();
  });

  test("with too many bytes that it keeps, before its end", () => {
    const tree = new GrowingTree({ ...TREE_LIMITS, bytes: 1000 });
    tree.add(TOP);
    tree.add(fileOf("a", new Uint8Array(1001)));
    tree.add(fileOf("b", Uint8Array.of()));
    expect(tree.finish()).toBeUndefined();
  });
});
