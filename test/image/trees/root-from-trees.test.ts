import { describe, expect, test } from "vitest";
import type { ImageRoot } from "../../../image/root/image-root.ts";
import { attemptRoot } from "../../../image/trees/root-attempt.ts";
import { rootFromTrees, treesOfImage } from "../../../image/trees/root-from-trees.ts";
import type { Tree } from "../../../image/trees/tree.ts";
import { type Nodes, treeWith } from "./entries.ts";

const PROPAGATED = "nix-support/propagated-user-env-packages";

/** The store path of a package that has a name of one letter. */
function pathOf(name: string): string {
  return `/nix/store/${name.repeat(32)}-${name}`;
}

interface Run {
  readonly root: Promise<ImageRoot>;
  /** The packages whose trees were asked for, each as often as it was. */
  readonly asked: string[];
}

/** Makes the root of package `a`. The closure has all packages. A package without nodes has no tree. */
function readRoot(packages: Readonly<Record<string, Nodes | undefined>>): Run {
  const asked: string[] = [];
  const trees = new Map<string, Tree>();
  for (const [name, nodes] of Object.entries(packages)) if (nodes) trees.set(pathOf(name), treeWith(nodes));
  const image = {
    packages: [{ name: "a", attribute: "a", path: pathOf("a"), requested: true }],
    closure: Object.keys(packages).map((name) => ({ path: pathOf(name), narSize: 0, references: [] })),
  };
  const root = rootFromTrees(image, async (path) => {
    asked.push(path.slice(-1));
    return trees.get(path);
  });
  return { root, asked };
}

async function linksOf({ root }: Run): Promise<Readonly<Record<string, string>>> {
  const links = (await root).entries.flatMap((entry) => (entry.type === "symlink" ? [entry] : []));
  const own = links.filter(({ name }) => /^(?:bin|share)\//.test(name));
  return Object.fromEntries(own.map(({ name, target }) => [name, target.replace(/^\/nix\/store\/.*-/, "")]));
}

describe("only the trees that the root needs are loaded, and each one once", () => {
  test("those of the packages", async () => {
    const run = readRoot({ a: { "bin/x": "" }, b: { "bin/y": "" } });
    expect(await linksOf(run)).toEqual({ "bin/x": "a/bin/x" });
    expect(run.asked).toEqual(["a"]);
  });

  test("those that packages propagate", async () => {
    const run = readRoot({
      a: { [PROPAGATED]: pathOf("b") },
      b: { "bin/x": "", [PROPAGATED]: `${pathOf("c")}\n` },
      c: { "bin/y": "" },
      d: {},
    });
    expect(await linksOf(run)).toEqual({ "bin/x": "b/bin/x", "bin/y": "c/bin/y" });
    expect(run.asked).toEqual(["a", "b", "c"]);
  });

  test("those that links lead to", async () => {
    const run = readRoot({
      a: { bin: { link: `${pathOf("b")}/bin` }, "share/x": { link: `${pathOf("c")}/x` }, z: { link: "/nix/store/z" } },
      b: { "bin/x": { link: `${pathOf("d")}/y` } },
      c: { "x/": "" },
      d: { y: "" },
      e: {},
    });
    expect(await linksOf(run)).toEqual({ "bin/x": "b/bin/x", "share/x": "a/share/x" });
    expect(run.asked).toEqual(["a", "b", "c", "d"]);
  });

  test("those of two packages that propagate each other", async () => {
    const run = readRoot({ a: { [PROPAGATED]: pathOf("b") }, b: { [PROPAGATED]: pathOf("a"), "bin/x": "" } });
    expect(await linksOf(run)).toEqual({ "bin/x": "b/bin/x" });
    expect(run.asked).toEqual(["a", "b"]);
  });
});

describe("a tree that is missing", () => {
  test.each<[string, Nodes | undefined]>([
    ["is a package", undefined],
    ["is propagated", { [PROPAGATED]: pathOf("b") }],
    ["is behind a link", { "bin/x": { link: `${pathOf("b")}/x` } }],
  ])("and %s is an error that names it", async (_, nodes) => {
    const path = pathOf(nodes ? "b" : "a");
    const { root } = readRoot({ a: nodes, b: undefined });
    await expect(root).rejects.toMatchObject({ name: "MissingTree", path });
  });
});

test("an attempt that cannot end otherwise is not repeated", async () => {
  const asked: string[] = [];
  const root = rootFromTrees({ packages: [], closure: [] }, async (path) => void asked.push(path), {
    attempt: () => ({ kind: "missing-trees", paths: [pathOf("a"), pathOf(String(asked.length))] }),
  });
  await expect(root).rejects.toMatchObject({ name: "MissingTree", path: pathOf("a") });
  expect(asked).toEqual([pathOf("a"), pathOf("0")]);
});

test("trees in memory are not asked for, and one round sees them all", async () => {
  const nodes: Readonly<Record<string, Nodes>> = {
    a: { [PROPAGATED]: pathOf("b"), lib: { link: `${pathOf("c")}/lib` } },
    b: { bin: { link: `${pathOf("d")}/bin` } },
    c: { "lib/x": "" },
    d: { "bin/y": "" },
  };
  const image = {
    packages: [{ name: "a", attribute: "a", path: pathOf("a"), requested: true }],
    closure: Object.keys(nodes).map((name) => ({ path: pathOf(name), narSize: 0, references: [] })),
  };
  const known = new Map(["a", "b", "c"].map((name) => [pathOf(name), treeWith(nodes[name] ?? {})]));
  const asked: string[] = [];
  const sizes: number[] = [];
  const root = await rootFromTrees(
    image,
    async (path) => {
      asked.push(path);
      return treeWith(nodes["d"] ?? {});
    },
    {
      known,
      attempt: (trees) => {
        sizes.push(trees.size);
        return attemptRoot(image, treesOfImage(image, trees));
      },
    },
  );
  expect(root.entries).toEqual((await readRoot(nodes).root).entries);
  expect([asked, sizes]).toEqual([[pathOf("d")], [3, 4]]);
});

test("trees that take too much memory are not used", async () => {
  const paths = ["a", "b"].map(pathOf);
  const image = {
    packages: paths.map((path) => ({ name: path, attribute: path, path, requested: true })),
    closure: paths.map((path) => ({ path, narSize: 0, references: [] })),
  };
  const run = (memoryBytes: number) => rootFromTrees(image, async () => ({ ...treeWith({ x: "" }), memoryBytes }));
  expect((await run(33_554_432)).clashes).toHaveLength(1);
  await expect(run(33_554_433)).rejects.toMatchObject({ name: "MissingTree", path: paths[1] });
});

test("an error that only follows from a missing tree is not told", async () => {
  const run = readRoot({
    a: { "lib/sysusers.d/a.conf": { link: `${pathOf("b")}/a.conf` }, "bin/x": { link: `${pathOf("c")}/x` } },
    b: { "a.conf": "u a -" },
    c: { x: "" },
  });
  await expect(run.root).rejects.toMatchObject({ name: "MissingBytes", path: `${pathOf("b")}/a.conf` });
  expect(run.asked).toEqual(["a", "b", "c"]);
});

test("a file that is a store path of its own is read", async () => {
  const run = readRoot({ a: { "lib/sysusers.d/a.conf": { link: pathOf("b") } }, b: { "": "u some -" } });
  expect((await run.root).accounts.users).toContain("some");
});

test("the package's fault is told as it is on a disk", async () => {
  const { root } = readRoot({ a: { "bin/.wh.x": "" } });
  await expect(root).rejects.toMatchObject({ name: "PackageError" });
});

test.each([31, 32])("a chain of %d links through as many packages", async (length) => {
  const letters = "abcdfghijklmnpqrsvwxyz0123456789-+".slice(0, length + 1).split("");
  const packages = letters.map((name, index): [string, Nodes] => {
    const next = letters[index + 1];
    return [name, next === undefined ? { "bin/x": "" } : { bin: { link: `${pathOf(next)}/bin` } }];
  });
  const { root } = readRoot(Object.fromEntries(packages));
  if (length < 32) expect(Object.keys(await linksOf({ root, asked: [] }))).toEqual(["bin/x"]);
  else await expect(root).rejects.toMatchObject({ name: "MissingTree" });
});
