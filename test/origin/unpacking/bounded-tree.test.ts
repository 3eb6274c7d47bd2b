import { expect, test } from "vitest";
import { TREE_LIMITS } from "../../../image/trees/tree.ts";
import { BoundedTree } from "../../../origin/unpacking/bounded-tree.ts";

test("a tree with too many entries is forgotten", () => {
  const tree = new BoundedTree();
  for (let count = 0; count < TREE_LIMITS.entries; count++) tree.add({ kind: "directory", path: "" });
  expect(tree.entries).toHaveLength(TREE_LIMITS.entries);
  tree.add({ kind: "directory", path: "" });
  tree.add({ kind: "directory", path: "" });
  expect(tree.entries).toBeUndefined();
});
