import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { PackagesToRead } from "../../../image/root/package-roots.ts";
import type { Tree } from "../../../image/trees/tree.ts";
import { treeOf } from "../../../image/trees/tree-of.ts";
import { diskTreeEntries } from "../../../origin/root/disk-tree-entries.ts";
import { createRootReader, type RootReader } from "../../../origin/root/root-reader.ts";
import { readImageRoot } from "../../../origin/root/read-image-root.ts";
import { containing } from "../../matchers.ts";
import { rejection, test as base, writeTree } from "../fixtures.ts";

/** Tests that share one reader, because its thread takes a while to start. */
const test = base.extend<{ reader: RootReader }>({
  reader: [
    // oxlint-disable-next-line no-empty-pattern -- the runner reads which fixtures are used
    async ({}, use) => {
      const reader = createRootReader();
      await use(reader);
      await reader.close();
    },
    { scope: "file" },
  ],
});

function imageOf(path: string): PackagesToRead {
  return {
    packages: [{ name: "a", attribute: "a", path, requested: true }],
    closure: [{ path, narSize: 0, references: [] }],
  };
}

test("a thread reads the root of the packages", async ({ directory, reader }) => {
  const image = imageOf(await writeTree(join(directory, "a"), { "bin/bash": { program: "" }, "share/doc": "text" }));
  expect(await reader.read(image)).toEqual(readImageRoot(image));
});

test("several images at once have the same roots as alone", async ({ directory, reader }) => {
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
  const images = await Promise.all(
    names.map(async (name) => imageOf(await writeTree(join(directory, name), { [`bin/${name}`]: "" }))),
  );
  const roots = await Promise.all(images.map((image) => reader.read(image)));
  expect(roots).toEqual(images.map(readImageRoot));
});

test("a package that is gone is an error with the system's code", async ({ directory, reader }) => {
  expect(await rejection(reader.read(imageOf(join(directory, "gone"))))).toMatchObject({
    name: "PackingError",
    code: "ENOENT",
    message: containing("gone"),
  });
  expect(await reader.read(imageOf(await writeTree(join(directory, "a"), {})))).toMatchObject({ hasShell: false });
});

/** In both packages, links lead from each directory to all directories. There are more paths than memory can hold. */
async function endlessImage(directory: string): Promise<PackagesToRead> {
  const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
  const links = names.flatMap((name) => names.map((other) => [`s/${name}/${other}`, { link: `../${other}` }] as const));
  const trees = [join(directory, "p"), join(directory, "q")];
  const images = await Promise.all(
    trees.map(async (tree) => imageOf(await writeTree(tree, Object.fromEntries(links)))),
  );
  return {
    packages: images.flatMap(({ packages }, index) => packages.map((item) => ({ ...item, attribute: String(index) }))),
    closure: images.flatMap(({ closure }) => closure),
  };
}

test("a package whose tree is too large is an error, and does not hold up others", async ({ directory, reader }) => {
  const ended: string[] = [];
  const endless = rejection(reader.read(await endlessImage(directory))).finally(() => ended.push("endless"));
  const small = imageOf(await writeTree(join(directory, "small"), { "bin/x": "" }));
  await reader.read(small).finally(() => ended.push("small"));
  expect(await endless).toMatchObject({
    name: "PackingError",
    isPackageFault: true,
    message: containing("brings too much"),
  });
  expect(ended).toEqual(["small", "endless"]);
});

/** Gives the trees of a disk. */
async function treeOnDisk(path: string): Promise<Tree | undefined> {
  return treeOf(diskTreeEntries(path));
}

test("trees from elsewhere make the same root", async ({ directory, reader }) => {
  const image = imageOf(await writeTree(join(directory, "a"), { "bin/bash": { program: "" }, "share/doc": "text" }));
  expect(await reader.readTrees(image, treeOnDisk)).toEqual(readImageRoot(image));
});

test("trees from elsewhere that are too large are an error, and do not hold up others", async ({
  directory,
  reader,
}) => {
  const image = await endlessImage(directory);
  const small = imageOf(await writeTree(join(directory, "small"), { "bin/x": "" }));
  const ended: string[] = [];
  const endless = rejection(reader.readTrees(image, treeOnDisk)).finally(() => ended.push("endless"));
  await reader.readTrees(small, treeOnDisk).finally(() => ended.push("small"));
  expect(await endless).toEqual(await rejection(reader.read(image)));
  expect(await endless).toMatchObject({ isPackageFault: true, message: containing("brings too much") });
  expect(ended).toEqual(["small", "endless"]);
});

test.for([
  ["a tree that is missing", {}, "MissingTree"],
  ["bytes that are missing", { "etc/passwd": { link: "../x" }, x: "text" }, "MissingBytes"],
] as const)("%s can be told apart", async ([, tree, name], { directory, reader }) => {
  const image = imageOf(await writeTree(join(directory, "a"), tree));
  const find = async (path: string) => (name === "MissingTree" ? undefined : treeOnDisk(path));
  expect(await rejection(reader.readTrees(image, find))).toMatchObject({ name });
});

test("a process ends by itself although it never closed its reader", async ({ directory }) => {
  const module = (name: string) => new URL(`../../../origin/root/${name}`, import.meta.url).href;
  const image = imageOf(await writeTree(join(directory, "a"), { "bin/x": "" }));
  const lines = [
    `import { createRootReader } from "${module("root-reader.ts")}";`,
    `const { entries } = await createRootReader().read(${JSON.stringify(image)});`,
    "console.log(entries.length > 0);",
  ];
  await writeTree(directory, { "run.mjs": lines.join("\n") });
  const run = promisify(execFile)(process.execPath, [join(directory, "run.mjs")], { timeout: 20_000 });
  expect((await run).stdout).toBe("true\n");
});
