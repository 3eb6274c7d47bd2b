import { describe, expect, test } from "vitest";
import { StoreFiles } from "../../../image/root/store-files.ts";
import { STORE, storeFiles, type Tree } from "./store.ts";

/** What `a/x` leads to in a store with packages `a` and `b`; store paths by their names. `DIR`: what is around the store. */
function find(tree: Tree, path = "a/x"): string | undefined {
  const place = (node: Tree[string]) =>
    typeof node === "object" && "link" in node ? { link: node.link.replace("DIR", "/machine") } : node;
  const nodes = Object.entries(tree).map(([name, node]) => [name, place(node)] as const);
  const files = storeFiles({ "a/": "", "b/f": "", "b/d/e": "", ...MACHINE, ...Object.fromEntries(nodes) });
  return files.find(`${STORE}/${path}`)?.path.slice(STORE.length + 1);
}

/** What is outside the store. */
const MACHINE: Tree = {
  "/machine/secret": "",
  "/machine/back": { link: `${STORE}/b` },
  "/dev/zero": { kind: "other" },
};

describe("a path leads to", () => {
  test.for<[string, Tree, string]>([
    ["itself", { "a/x": "" }, "a/x"],
    ["a directory", { "a/x/y": "" }, "a/x"],
    ["what a link names", { "a/x": { link: "y" }, "a/y": "" }, "a/y"],
    ["what a link names from the top", { "a/x": { link: "DIR/store/b/f" } }, "b/f"],
    ["what a link names over the store", { "a/x": { link: "../b/f" } }, "b/f"],
    ["what a link names over what is above the store", { "a/x": { link: "../../store/b/f" } }, "b/f"],
    ["what is behind a link in the middle", { "a/x": { link: "y/e" }, "a/y": { link: "../b/d" } }, "b/d/e"],
    ["the parent of what is behind a link", { "a/x": { link: "y/../f" }, "a/y": { link: "../b/d" } }, "b/f"],
    ["its directory", { "a/x": { link: "." } }, "a"],
    ["itself, with slashes and points", { "a/x": { link: ".//./y/" }, "a/y/": "" }, "a/y"],
  ])("%s", ([, tree, path]) => {
    expect(find(tree)).toBe(path);
  });
});

describe("a path leads nowhere", () => {
  test.for<[string, Tree]>([
    ["where nothing is", {}],
    ["over a link to nothing", { "a/x": { link: "y" } }],
    ["over a link to itself", { "a/x": { link: "x" } }],
    ["over links to each other", { "a/x": { link: "y" }, "a/y": { link: "x" } }],
    ["below a file", { "a/x": { link: "y/z" }, "a/y": "" }],
    ["over a file's parent", { "a/x": { link: "y/../z" }, "a/y": "", "a/z": "" }],
    ["over a file with a slash", { "a/x": { link: "y/" }, "a/y": "" }],
    ["over a link to a device", { "a/x": { link: "/dev/zero" } }],
    ["over a link to a file of this machine", { "a/x": { link: "DIR/secret" } }],
    ["over a link to the store", { "a/x": { link: ".." } }],
    ["over a link that this machine leads back", { "a/x": { link: "DIR/back/f" } }],
    ["over a link to below the top", { "a/x": { link: "/../../../../../../../dev/zero" } }],
    ["over a link with a name that is too long", { "a/x": { link: "n".repeat(300) } }],
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

test("a fifo is found, and is no regular file", () => {
  expect(storeFiles({ "a/fifo": { kind: "other" } }).find(`${STORE}/a/fifo`)?.node.kind).toBe("other");
});

test("nothing outside the store is looked at", () => {
  const asked: string[] = [];
  const files = storeFiles({ "a/x": { link: "../../secret" }, "a/y": { link: "/machine/back/f" }, ...MACHINE });
  const watched = new StoreFiles({ ...files.trees, find: (path) => (asked.push(path), files.trees.find(path)) }, [
    `${STORE}/a`,
  ]);
  expect([watched.find(`${STORE}/a/x`), watched.find(`${STORE}/a/y`)]).toEqual([undefined, undefined]);
  expect(asked.filter((path) => !path.startsWith(`${STORE}/`))).toEqual([]);
});
