import { execFile } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { StoreFiles } from "../../../origin/root/store-files.ts";
import { test, type TreeNode, writeTree } from "../fixtures.ts";

type Tree = Readonly<Record<string, TreeNode>>;

/** What `a/x` leads to in a store with packages `a` and `b`; store paths by their names. `DIR`: what is around the store. */
async function find(directory: string, tree: Tree, path = "a/x"): Promise<string | undefined> {
  const store = join(directory, "store");
  const place = (node: TreeNode) =>
    typeof node === "object" && "link" in node ? { link: node.link.replace("DIR", directory) } : node;
  const nodes = Object.entries(tree).map(([name, node]) => [name, place(node)] as const);
  await writeTree(store, { "a/": "", "b/f": "", "b/d/e": "", ...Object.fromEntries(nodes) });
  const found = new StoreFiles([join(store, "a"), join(store, "b")]).find(join(store, path));
  return found?.path.slice(store.length + 1);
}

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
  ])("%s", async ([, tree, path], { directory }) => {
    expect(await find(directory, tree)).toBe(path);
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
  ])("%s", async ([, tree], { directory }) => {
    await writeTree(directory, { secret: "" });
    await mkdir(join(directory, "store/b"), { recursive: true });
    await symlink(join(directory, "store/b"), join(directory, "back"));
    expect(await find(directory, tree)).toBeUndefined();
  });
});

test("forty links are followed, and no more", async ({ directory }) => {
  const chain = (length: number) =>
    Object.fromEntries(Array.from({ length }, (_, index) => [`a/${index}`, { link: String(index + 1) }]));
  expect(await find(directory, { ...chain(40), "a/40": "" }, "a/0")).toBe("a/40");
  await writeTree(join(directory, "store"), { "a/y": { link: "0" } });
  expect(await find(directory, {}, "a/y")).toBeUndefined();
});

test("a fifo is found, and is no regular file", async ({ directory }) => {
  await mkdir(join(directory, "a"));
  const path = join(directory, "a/fifo");
  await promisify(execFile)("mkfifo", [path]);
  expect(new StoreFiles([join(directory, "a")]).find(path)?.status.isFile()).toBe(false);
});
