import { describe, expect, test } from "vitest";
import { StoreFiles } from "../../../image/root/store-files.ts";
import { STORE, storeFiles, type Tree } from "./store.ts";

/**
 * Finds `a/x` in a store with other packages, for an image of `a` and `b`. Store paths are shortened to their names. `DIR` stands for the
 * folder around the store.
 */
function find(tree: Tree, path = "a/x"): string | undefined {
  const place = (node: Tree[string]) =>
    typeof node === "object" && "link" in node ? { link: node.link.replace("DIR", "/machine") } : node;
  const nodes = Object.entries(tree).map(([name, node]) => [name, place(node)] as const);
  const store = { "a/": "", "b/f": "", "b/d/e": "", "other/f": "", "ab/f": "", "a-b/f": "" };
  const files = storeFiles({ ...store, ...MACHINE, ...Object.fromEntries(nodes) }, ["a", "b"]);
  return files.find(`${STORE}/${path}`)?.path.slice(STORE.length + 1);
}

/** Files outside the store. */
const MACHINE: Tree = {
  "/machine/secret": "",
  "/machine/back": { link: `${STORE}/b` },
  "/dev/zero": { kind: "other" },
};

describe("a path leads to", () => {
  test.for<[string, Tree, string]>([
    ["itself", { "a/x": "" }, "a/x"],
    ["a directory", { "a/x/y": "" }, "a/x"],
    ["the target of a link", { "a/x": { link: "y" }, "a/y": "" }, "a/y"],
    ["the target of an absolute link", { "a/x": { link: "DIR/store/b/f" } }, "b/f"],
    ["the target of a link through the store", { "a/x": { link: "../b/f" } }, "b/f"],
    ["the target of a link through the folder above the store", { "a/x": { link: "../../store/b/f" } }, "b/f"],
    ["a file behind a link in the middle", { "a/x": { link: "y/e" }, "a/y": { link: "../b/d" } }, "b/d/e"],
    ["a file beside the target of a link", { "a/x": { link: "y/../f" }, "a/y": { link: "../b/d" } }, "b/f"],
    ["its directory", { "a/x": { link: "." } }, "a"],
    ["a directory, with extra slashes and points", { "a/x": { link: ".//./y/" }, "a/y/": "" }, "a/y"],
  ])("%s", ([, tree, path]) => {
    expect(find(tree)).toBe(path);
  });
});

describe("a path leads nowhere", () => {
  test.for<[string, Tree]>([
    ["if nothing is there", {}],
    ["through a link to nothing", { "a/x": { link: "y" } }],
    ["through a link to itself", { "a/x": { link: "x" } }],
    ["through links to each other", { "a/x": { link: "y" }, "a/y": { link: "x" } }],
    ["below a file", { "a/x": { link: "y/z" }, "a/y": "" }],
    ["through the parent of a file", { "a/x": { link: "y/../z" }, "a/y": "", "a/z": "" }],
    ["through a file with a slash", { "a/x": { link: "y/" }, "a/y": "" }],
    ["through a link to a device", { "a/x": { link: "/dev/zero" } }],
    ["through a link to a file of this machine", { "a/x": { link: "DIR/secret" } }],
    ["through a link to the store", { "a/x": { link: ".." } }],
    ["through a link to a store path outside the closure", { "a/x": { link: "DIR/store/other" } }],
    ["through a link to a file of a store path outside the closure", { "a/x": { link: "../other/f" } }],
    [
      "through a link to a store path whose name begins with that of one in the closure",
      { "a/x": { link: "../ab/f" } },
    ],
    ["through another such link", { "a/x": { link: "../a-b/f" } }],
    ["through a store path outside the closure, and back", { "a/x": { link: "../other/../b/f" } }],
    ["through a link that leads back into the store on this machine", { "a/x": { link: "DIR/back/f" } }],
    ["through a link with more parents than there are", { "a/x": { link: "/../../../../../../../dev/zero" } }],
    ["through a link with a name that is too long", { "a/x": { link: "n".repeat(300) } }],
  ])("%s", ([, tree]) => {
    expect(find(tree)).toBeUndefined();
  });
});

test("forty links are followed, and no more", () => {
  const chain = (length: number) =>
    Object.fromEntries(Array.from({ length }, (_, index) => [`a/${index}`, { link: String(index + 1) }]));
  const tree = { ...chain(40), "a/40": "", "a/y": { link: "0" } };
  expect(find(tree, "a/0")).toBe("a/40");
  expect(find(tree, "a/y")).toBeUndefined();
});

test.for([
  [39, "a/39/x"],
  [40, undefined],
  [20_000, undefined],
] as const)("a link counts the links of the directories that it leads through: %i", ([length, found]) => {
  const chain = Array.from({ length }, (_, index) => [`a/${index}`, { link: `${STORE}/a/${index + 1}` }] as const);
  const tree = { ...Object.fromEntries(chain), [`a/${length}/x`]: "", "a/y": { link: `${STORE}/a/0/x` } };
  expect(find(tree, "a/y")).toBe(found);
});

test("a FIFO is found, but not as a regular file", () => {
  expect(storeFiles({ "a/fifo": { kind: "other" } }).find(`${STORE}/a/fifo`)?.node.kind).toBe("other");
});

test("nothing outside the closure is read", () => {
  const asked: string[] = [];
  const links = { "a/x": { link: "../../secret" }, "a/y": { link: "/machine/back/f" }, "a/z": { link: "../b/f" } };
  const files = storeFiles({ ...links, "b/f": "", ...MACHINE });
  const watched = new StoreFiles({ ...files.trees, find: (path) => (asked.push(path), files.trees.find(path)) }, [
    `${STORE}/a`,
  ]);
  expect(["a/x", "a/y", "a/z"].map((path) => watched.find(`${STORE}/${path}`))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(asked.filter((path) => !`${path}/`.startsWith(`${STORE}/a/`))).toEqual([]);
});
