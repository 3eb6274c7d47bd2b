import { describe, expect, test } from "vitest";
import { PackageError } from "../../../image/closure/package-error.ts";
import { STORE_DIRECTORY } from "../../../image/closure/store-path.ts";
import { findInRoots, packageRoots } from "../../../image/root/package-roots.ts";
import { STORE, storeFiles, storePath, type Tree } from "./store.ts";

const PROPAGATED = "nix-support/propagated-user-env-packages";

type Package = [attribute: string, path: string, requested?: boolean];

/** The roots of an image, by their names. */
function rootsOf(packages: readonly Package[], closure: readonly string[], tree: Tree = {}): string[] {
  const image = {
    packages: packages.map(([attribute, path, requested = true]) => ({
      name: attribute.toLowerCase(),
      attribute,
      path: storePath(path),
      requested,
    })),
    closure: closure.map((path) => ({ path: storePath(path), narSize: 0, references: [] })),
  };
  return packageRoots(image, storeFiles(tree, closure)).map((path) => path.slice(STORE.length + 1));
}

describe("packages", () => {
  test("are sorted by attribute, not by path", () => {
    const packages: Package[] = [
      ["htop", "1"],
      ["git", "2"],
      ["Zig", "0"],
    ];
    expect(rootsOf(packages, ["0", "1", "2"])).toEqual(["0", "2", "1"]);
  });

  test("that are requested come before packages that every image gets", () => {
    const packages: Package[] = [
      ["cacert", "c", false],
      ["git", "g"],
      ["iana-etc", "i", false],
      ["zsh", "z"],
    ];
    expect(rootsOf(packages, ["c", "g", "i", "z"])).toEqual(["g", "z", "c", "i"]);
  });

  test("with the same store path are one root", () => {
    const packages: Package[] = [
      ["vim", "v"],
      ["vi", "v"],
    ];
    expect(rootsOf(packages, ["v"])).toEqual(["v"]);
  });
});

describe("outputs of one package", () => {
  /** Their names, with the first digit of the hash. */
  function sorted(outputs: readonly string[]): string[] {
    const paths = outputs.map((output) => `${STORE_DIRECTORY}/${output.replace(/^./, (digit) => digit.repeat(32))}`);
    const packages = paths.map((path) => ({ name: "git", attribute: "git", path, requested: true }));
    const roots = packageRoots({ packages, closure: [] }, storeFiles({}));
    return roots.map((path) => path.slice(STORE_DIRECTORY.length + 32));
  }

  test.each([[["0-git-man", "2-git", "1-git-bin"]], [["1-git-bin", "2-git", "0-git-man"]]])(
    "are sorted by name, in any order: %j",
    (outputs) => {
      expect(sorted(outputs)).toEqual(["2-git", "1-git-bin", "0-git-man"]);
    },
  );

  test("are sorted by path if they have one name", () => {
    expect(sorted(["1-git", "0-git"])).toEqual(["0-git", "1-git"]);
  });
});

const A: Package = ["a", "a"];
const B: Package = ["b", "b"];

describe("propagated packages", () => {
  test("follow breadth first", () => {
    const tree = {
      [`a/${PROPAGATED}`]: `${STORE}/c ${STORE}/d\n`,
      [`b/${PROPAGATED}`]: `${STORE}/e`,
      [`c/${PROPAGATED}`]: `${STORE}/f`,
    };
    expect(rootsOf([A, B], ["a", "b", "c", "d", "e", "f"], tree)).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("outside the closure are ignored", () => {
    const tree = { [`a/${PROPAGATED}`]: `/etc ${STORE}/other ${STORE}/b/../b\n` };
    expect(rootsOf([A], ["a", "b"], tree)).toEqual(["a"]);
  });

  test("may lead in circles", () => {
    const tree = { [`a/${PROPAGATED}`]: `${STORE}/b`, [`b/${PROPAGATED}`]: `${STORE}/a` };
    expect(rootsOf([A], ["a", "b"], tree)).toEqual(["a", "b"]);
  });

  test("of a package that is a single file do not exist", () => {
    expect(rootsOf([A], ["a"], { a: "text" })).toEqual(["a"]);
  });

  test("may be listed in another store path", () => {
    const tree = { [`a/${PROPAGATED}`]: { link: "../../b/list" }, "b/list": storePath("b") };
    expect(rootsOf([A], ["a", "b"], tree)).toEqual(["a", "b"]);
  });
});

describe("there are no propagated packages", () => {
  const LIST = storePath("b");
  const MACHINE: Tree = {
    "/machine/folder/propagated-user-env-packages": LIST,
    [`/machine/folder/${PROPAGATED}`]: LIST,
    "/machine/folder/list": LIST,
    "/dev/zero": { kind: "other" },
  };

  test.for<[string, Tree]>([
    ["if the file is a link to a device", { [`a/${PROPAGATED}`]: { link: "/dev/zero" } }],
    ["if its folder is a link out of the store", { "a/nix-support": { link: "../../folder" } }],
    ["if the file is a link out of the store", { [`a/${PROPAGATED}`]: { link: "../../../folder/list" } }],
    ["if the package is a link out of the store", { a: { link: "../folder" } }],
    ["if the file is a directory", { [`a/${PROPAGATED}/x`]: "" }],
    ["if links lead in a circle", { "a/nix-support": { link: "nix-support" } }],
    ["if the file is a FIFO, because reading it would wait for a writer", { [`a/${PROPAGATED}`]: { kind: "other" } }],
  ])("%s", ([, tree]) => {
    expect(rootsOf([A], ["a", "b"], { ...MACHINE, ...tree })).toEqual(["a"]);
  });
});

test("a list of propagated packages that is too large is the package's fault", () => {
  expect(() => rootsOf([A], ["a"], { [`a/${PROPAGATED}`]: " ".repeat(1_048_577) })).toThrow(
    new PackageError("a", `has more than 1.0 MB in ${PROPAGATED}`),
  );
});

describe("a file is found", () => {
  test("in the first root that has it", () => {
    const names = ["a", "b", "c"];
    const files = storeFiles({ "a/x": "", "b/bin/sh": "", "c/bin/sh": "" }, names);
    expect(findInRoots(names.map(storePath), "bin/sh", files)).toBe(storePath("b/bin/sh"));
  });

  const MACHINE: Tree = { "/bin/sh": "", "/nowhere/": "" };

  test.for<[string, Tree]>([
    ["missing", {}],
    ["below a file", { "a/bin": "" }],
    ["a link that leads nowhere", { "a/bin/sh": { link: "/nowhere/sh" } }],
    ["a link to a file of this machine", { "a/bin/sh": { link: "/bin/sh" } }],
    ["behind a link to a directory of this machine", { "a/bin": { link: "/bin" } }],
    ["in a package that is a link to a directory of this machine", { a: { link: "/" } }],
  ])("but not if it is %s", ([, tree]) => {
    expect(findInRoots([storePath("a")], "bin/sh", storeFiles({ ...MACHINE, ...tree }))).toBeUndefined();
  });
});
