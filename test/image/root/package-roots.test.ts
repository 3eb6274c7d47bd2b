import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { PackageError } from "../../../image/closure/package-error.ts";
import { findInRoots, packageRoots } from "../../../image/root/package-roots.ts";
import { test, writeTree } from "../../origin/fixtures.ts";

const PROPAGATED = "nix-support/propagated-user-env-packages";

function image(directory: string, packages: readonly [attribute: string, path: string, requested?: boolean][]) {
  return (...closure: string[]) => ({
    packages: packages.map(([attribute, path, requested = true]) => ({
      name: attribute.toLowerCase(),
      attribute,
      path: join(directory, path),
      requested,
    })),
    closure: closure.map((path) => ({ path: join(directory, path), narSize: 0, references: [] })),
  });
}

describe("packages", () => {
  test("come by attribute, not by path", async ({ directory }) => {
    const prepared = image(directory, [
      ["htop", "1"],
      ["git", "2"],
      ["Zig", "0"],
    ])("0", "1", "2");
    expect(packageRoots(prepared)).toEqual(["0", "2", "1"].map((name) => join(directory, name)));
  });

  test("that were asked for come before those that every image gets", async ({ directory }) => {
    const prepared = image(directory, [
      ["cacert", "c", false],
      ["git", "g"],
      ["iana-etc", "i", false],
      ["zsh", "z"],
    ])("c", "g", "i", "z");
    expect(packageRoots(prepared)).toEqual(["g", "z", "c", "i"].map((name) => join(directory, name)));
  });

  test("that are one store path are one root", async ({ directory }) => {
    const prepared = image(directory, [
      ["vim", "v"],
      ["vi", "v"],
    ])("v");
    expect(packageRoots(prepared)).toEqual([join(directory, "v")]);
  });
});

describe("propagated packages", () => {
  test("follow breadth first", async ({ directory }) => {
    await writeTree(directory, {
      [`a/${PROPAGATED}`]: `${directory}/c ${directory}/d\n`,
      [`b/${PROPAGATED}`]: `${directory}/e`,
      [`c/${PROPAGATED}`]: `${directory}/f`,
    });
    const prepared = image(directory, [
      ["a", "a"],
      ["b", "b"],
    ])("a", "b", "c", "d", "e", "f");
    expect(packageRoots(prepared)).toEqual(["a", "b", "c", "d", "e", "f"].map((name) => join(directory, name)));
  });

  test("outside the closure are none", async ({ directory }) => {
    await writeTree(directory, { [`a/${PROPAGATED}`]: `/etc ${directory}/other ${directory}/b/../b\n` });
    expect(packageRoots(image(directory, [["a", "a"]])("a", "b"))).toEqual([join(directory, "a")]);
  });

  test("may lead in circles", async ({ directory }) => {
    await writeTree(directory, { [`a/${PROPAGATED}`]: `${directory}/b`, [`b/${PROPAGATED}`]: `${directory}/a` });
    expect(packageRoots(image(directory, [["a", "a"]])("a", "b"))).toEqual([
      join(directory, "a"),
      join(directory, "b"),
    ]);
  });

  test("of a package that is a file are none", async ({ directory }) => {
    await writeTree(directory, { a: "text" });
    expect(packageRoots(image(directory, [["a", "a"]])("a"))).toEqual([join(directory, "a")]);
  });
});

describe("propagated packages are none", () => {
  const storeOf = (directory: string) => join(directory, "store");
  const rootsOf = (directory: string) => packageRoots(image(storeOf(directory), [["a", "a"]])("a", "b"));

  test.for<[string, Parameters<typeof writeTree>[1]]>([
    ["where the file is a link to a device", { [`a/${PROPAGATED}`]: { link: "/dev/zero" } }],
    ["where its folder is a link out of the store", { "a/nix-support": { link: "../../machine" } }],
    ["where the file is a link out of the store", { [`a/${PROPAGATED}`]: { link: "../../../machine/list" } }],
    ["where the package is a link out of the store", { a: { link: "../machine" } }],
    ["where the file is a directory", { [`a/${PROPAGATED}/x`]: "" }],
    ["where links lead in a circle", { "a/nix-support": { link: "nix-support" } }],
  ])("%s", async ([, tree], { directory }) => {
    const list = join(storeOf(directory), "b");
    await writeTree(join(directory, "machine"), {
      "propagated-user-env-packages": list,
      [PROPAGATED]: list,
      list,
    });
    await writeTree(storeOf(directory), tree);
    expect(rootsOf(directory)).toEqual([join(storeOf(directory), "a")]);
  });

  test("where the file is a fifo, which would wait for a writer", async ({ directory }) => {
    await writeTree(directory, { "store/a/nix-support/": "" });
    await promisify(execFile)("mkfifo", [join(storeOf(directory), "a", PROPAGATED)]);
    expect(rootsOf(directory)).toEqual([join(storeOf(directory), "a")]);
  });
});

test("propagated packages may stand in another store path", async ({ directory }) => {
  await writeTree(directory, { [`a/${PROPAGATED}`]: { link: "../../b/list" }, "b/list": join(directory, "b") });
  expect(packageRoots(image(directory, [["a", "a"]])("a", "b"))).toEqual([join(directory, "a"), join(directory, "b")]);
});

test("a file of propagated packages that is too large is the package's fault", async ({ directory }) => {
  await writeTree(directory, { [`a/${PROPAGATED}`]: " ".repeat(1_048_577) });
  expect(() => packageRoots(image(directory, [["a", "a"]])("a"))).toThrow(
    new PackageError("a", `has more than 1.0 MB in ${PROPAGATED}`),
  );
});

describe("a file is found", () => {
  test("in the first root that has it", async ({ directory }) => {
    await writeTree(directory, { "a/x": "", "b/bin/sh": "", "c/bin/sh": "" });
    const roots = ["a", "b", "c"].map((name) => join(directory, name));
    expect(findInRoots(roots, "bin/sh")).toBe(join(directory, "b/bin/sh"));
  });

  test.for<[string, Parameters<typeof writeTree>[1]]>([
    ["missing", {}],
    ["below a file", { "a/bin": "" }],
    ["a link that leads nowhere", { "a/bin/sh": { link: "/nowhere/sh" } }],
    ["a link to a file of this machine", { "a/bin/sh": { link: "/bin/sh" } }],
    ["behind a link to a directory of this machine", { "a/bin": { link: "/bin" } }],
    ["in a package that is a link to a directory of this machine", { a: { link: "/" } }],
  ])("but not where it is %s", async ([, tree], { directory }) => {
    await writeTree(directory, tree);
    expect(findInRoots([join(directory, "a")], "bin/sh")).toBeUndefined();
  });
});
