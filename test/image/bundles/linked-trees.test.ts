import { describe, expect, test } from "vitest";
import { linkedTrees } from "../../../image/bundles/linked-trees.ts";
import { storePathName } from "../../../image/closure/store-path.ts";
import type { Tree } from "../../../image/trees/tree.ts";
import { pathOf } from "../layers/grouping.ts";
import { type Nodes, treeWith } from "../trees/entries.ts";

const [A, B, C, D] = [pathOf("a"), pathOf("b"), pathOf("c"), pathOf("d")];

/** The names of the linked trees, and the names of the paths that were asked for. */
async function linked(trees: Readonly<Record<string, Nodes | Tree>>, outputs = [A], closure = [A, B, C]) {
  const asked: string[] = [];
  const found = await linkedTrees(outputs, new Set(closure), async (path) => {
    asked.push(storePathName(path));
    const tree = trees[path];
    return tree && (isTree(tree) ? tree : treeWith(tree));
  });
  return { trees: [...found.keys()].map(storePathName), asked };
}

function isTree(tree: Nodes | Tree): tree is Tree {
  return "memoryBytes" in tree;
}

describe("the trees of a bundle", () => {
  test.each<[string, Nodes, readonly string[]]>([
    ["have those that an absolute link leads to", { "bin/x": { link: `${B}/bin/x` } }, ["a", "b"]],
    [
      "have those that a relative link leads to",
      { "bin/x": { link: `../..${B.slice("/nix/store".length)}/x` } },
      ["a", "b"],
    ],
    [
      "have those that a list of packages names",
      { "nix-support/propagated-user-env-packages": `${B} ${C}\n` },
      ["a", "b", "c"],
    ],
    ["have those that a list with colons names", { "etc/passwd": `root:x:0:0::/:${B}:${C}/sh` }, ["a", "b", "c"]],
    ["have no others", { "bin/x": "text" }, ["a"]],
    ["have no tree out of the closure", { "bin/x": { link: `${D}/x` } }, ["a"]],
  ])("%s", async (_, nodes, expected) => {
    expect(await linked({ [A]: nodes, [B]: {}, [C]: {}, [D]: {} })).toEqual({ trees: expected, asked: expected });
  });

  test("have those that links lead to in turn, each once", async () => {
    const trees = { [A]: { x: { link: B } }, [B]: { y: { link: C }, z: { link: A } }, [C]: { b: { link: B } } };
    expect(await linked(trees)).toEqual({ trees: ["a", "b", "c"], asked: ["a", "b", "c"] });
  });

  test("have those of all outputs", async () => {
    expect(await linked({ [A]: {}, [B]: {} }, [A, B])).toEqual({ trees: ["a", "b"], asked: ["a", "b"] });
  });

  test("lack those that nobody has", async () => {
    expect(await linked({ [B]: {} }, [A, B])).toEqual({ trees: ["b"], asked: ["a", "b"] });
  });

  test("leave out a tree that is too large, and follow its links", async () => {
    const large = { ...treeWith({ x: { link: B } }), memoryBytes: 4_194_305 };
    expect(await linked({ [A]: large, [B]: {} })).toEqual({ trees: ["b"], asked: ["a", "b"] });
  });
});
