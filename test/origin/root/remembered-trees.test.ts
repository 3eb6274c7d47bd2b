import { expect, test } from "vitest";
import type { Tree } from "../../../image/trees/tree.ts";
import { RememberedTrees } from "../../../origin/root/remembered-trees.ts";

function treeOfBytes(memoryBytes: number): Tree {
  return { top: { kind: "symlink", name: "", target: "x" }, memoryBytes };
}

function rememberedOf(trees: RememberedTrees): string {
  return ["a", "b", "c"].filter((path) => trees.get(path)).join("");
}

test("the tree that was used least recently goes first", () => {
  const trees = new RememberedTrees(10);
  for (const path of ["a", "b"]) trees.set(path, treeOfBytes(5));
  trees.get("a");
  trees.set("c", treeOfBytes(5));
  expect(rememberedOf(trees)).toBe("ac");
});

test("a tree makes room for itself alone", () => {
  const trees = new RememberedTrees(10);
  for (const path of ["a", "b"]) trees.set(path, treeOfBytes(5));
  trees.set("c", treeOfBytes(10));
  expect(rememberedOf(trees)).toBe("c");
  trees.set("a", treeOfBytes(11));
  expect(rememberedOf(trees)).toBe("");
});

test("a tree that is set again counts once", () => {
  const trees = new RememberedTrees(10);
  for (const path of ["a", "b", "b", "b"]) trees.set(path, treeOfBytes(5));
  expect(rememberedOf(trees)).toBe("ab");
});
