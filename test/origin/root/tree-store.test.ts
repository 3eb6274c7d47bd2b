import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { TREE_LIMITS } from "../../../image/trees/tree.ts";
import { encodeTree } from "../../../image/trees/tree-record.ts";
import { createTreeStore } from "../../../origin/root/tree-store.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { treeWith } from "../../image/trees/entries.ts";
import { rejection, test } from "../fixtures.ts";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const PATH = `/nix/store/${HASH}-a-1.0`;
const recordWith = (nodes: Parameters<typeof treeWith>[0]) => encodeTree(treeWith(nodes));
const NODES = { "bin/a": { program: "#!" }, "etc/passwd": "text" };

describe("a tree that was written", () => {
  test("is read by another origin", async ({ directory }) => {
    await createTreeStore(createDiskStore(directory)).write(PATH, await recordWith(NODES));
    expect(await createTreeStore(createDiskStore(directory)).read(PATH)).toEqual(treeWith(NODES));
  });

  test("replaces another one", async ({ directory }) => {
    const trees = createTreeStore(createDiskStore(directory));
    await trees.write(PATH, await recordWith({ x: "" }));
    await trees.write(PATH, await recordWith(NODES));
    expect(await trees.read(PATH)).toEqual(treeWith(NODES));
  });
});

test("a tree that was read is remembered, as far as memory allows", async ({ directory }) => {
  await createTreeStore(createDiskStore(directory)).write(PATH, await recordWith(NODES));
  const [large, small] = [undefined, 1].map((maxBytes) => createTreeStore(createDiskStore(directory), maxBytes));
  await Promise.all([large?.read(PATH), small?.read(PATH)]);
  await rm(join(directory, "trees", HASH));
  expect(await large?.read(PATH)).toEqual(treeWith(NODES));
  expect(await small?.read(PATH)).toBeUndefined();
});

test("reads at the same time open the record once", async ({ directory }) => {
  const store = createDiskStore(directory);
  await createTreeStore(store).write(PATH, await recordWith(NODES));
  const opened: string[] = [];
  const trees = createTreeStore({ ...store, open: (key) => (opened.push(key), store.open(key)) });
  expect(await Promise.all([trees.read(PATH), trees.read(PATH)])).toEqual([treeWith(NODES), treeWith(NODES)]);
  expect(opened).toEqual([`trees/${HASH}`]);
});

describe("there is no tree", () => {
  test("without a record, until one is written", async ({ directory }) => {
    const trees = createTreeStore(createDiskStore(directory));
    expect(await trees.read(PATH)).toBeUndefined();
    await createTreeStore(createDiskStore(directory)).write(PATH, await recordWith(NODES));
    expect(await trees.read(PATH)).toEqual(treeWith(NODES));
  });

  test("in a damaged record", async ({ directory }) => {
    await createTreeStore(createDiskStore(directory)).write(PATH, await recordWith(NODES));
    await writeFile(join(directory, "trees", HASH), "damaged");
    expect(await createTreeStore(createDiskStore(directory)).read(PATH)).toBeUndefined();
  });

  test("in a record that is too large", async ({ directory }) => {
    await createTreeStore(createDiskStore(directory)).write(PATH, await recordWith(NODES));
    await writeFile(join(directory, "trees", HASH), Buffer.alloc(TREE_LIMITS.bytes + 1));
    expect(await createTreeStore(createDiskStore(directory)).read(PATH)).toBeUndefined();
  });
});

test("an outage of the store is an error, and the next read asks again", async ({ directory }) => {
  const store = createDiskStore(directory);
  await createTreeStore(store).write(PATH, await recordWith(NODES));
  let isDown = true;
  const trees = createTreeStore({
    ...store,
    open: async (key) => {
      if (isDown) throw new Error("down");
      return store.open(key);
    },
  });
  expect(await rejection(trees.read(PATH))).toMatchObject({ message: "down" });
  isDown = false;
  expect(await trees.read(PATH)).toEqual(treeWith(NODES));
});
