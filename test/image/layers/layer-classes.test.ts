import { describe, expect, test } from "vitest";
import { classifyPaths, type LayerRoot, MAX_CLASSES } from "../../../image/layers/layer-classes.ts";
import { NO_POPULARITY, type Popularity } from "../../../image/layers/popularity.ts";
import { type StorePath, storePathName } from "../../../image/closure/store-path.ts";
import { popularity, rootOf, storePath } from "./grouping.ts";

function classesOf(
  closure: readonly StorePath[],
  roots: readonly LayerRoot[],
  known: Popularity = NO_POPULARITY,
  maxClasses = MAX_CLASSES,
): Record<string, number> {
  const classes = classifyPaths({ closure, roots, popularity: known, maxClasses });
  return Object.fromEntries([...classes].map(([path, number]) => [storePathName(path), number]));
}

const GIT = [
  storePath("git", 1, ["openssl", "perl"]),
  storePath("htop", 1, ["htop", "glibc"]),
  storePath("perl", 1, ["glibc"]),
  storePath("openssl", 1, ["glibc"]),
  storePath("glibc", 1),
];

test("the worked example", () => {
  const known = popularity({ glibc: 0.98, openssl: 0.2 });
  expect(classesOf(GIT, [rootOf("git"), rootOf("htop")], known)).toEqual({
    glibc: 0,
    openssl: 1,
    perl: 2,
    git: 2,
    htop: 3,
  });
});

describe("the share that makes a package common", () => {
  test.each([
    [1, 0],
    [0.4, 0],
    [0.3999, 1],
    [0.1, 1],
    [0.0999, 2],
    [0, 2],
  ])("%d: class %i", (share, expected) => {
    expect(classesOf([storePath("git", 1)], [rootOf("git")], popularity({ git: share }))).toEqual({ git: expected });
  });

  test("is looked up without the version", () => {
    expect(classesOf([storePath("git-2.51.0", 1)], [], popularity({ git: 1 }))).toEqual({ "git-2.51.0": 0 });
  });
});

describe("the first root that reaches a path owns it; roots are sorted", () => {
  const shared = { a: 2, b: 3, lib: 2 };
  const closure = [storePath("a", 1, ["lib"]), storePath("b", 1, ["lib"]), storePath("lib", 1)];

  test("by attribute", () => {
    expect(classesOf(closure, [rootOf("b"), rootOf("a")])).toEqual(shared);
  });

  test("and outputs of one package are one owner", () => {
    const outputs = [rootOf("a"), { ...rootOf("a"), path: rootOf("lib").path }];
    expect(classesOf(closure, [...outputs, rootOf("b")])).toEqual({ a: 2, b: 3, lib: 2 });
    expect(classesOf(closure, [rootOf("b"), ...outputs.toReversed()])).toEqual({ a: 2, b: 3, lib: 2 });
  });

  test("by popularity, before the attribute", () => {
    const known = popularity({}, { b: 0.5, a: 0.4 });
    expect(classesOf(closure, [rootOf("a"), rootOf("b")], known)).toEqual({ b: 2, a: 3, lib: 2 });
  });

  test("by request, before anything else", () => {
    expect(classesOf(closure, [rootOf("a", false), rootOf("b")])).toEqual({ b: 2, a: 3, lib: 2 });
  });
});

test("references may form a circle", () => {
  expect(classesOf([storePath("a", 1, ["b"]), storePath("b", 1, ["a"])], [rootOf("b")])).toEqual({ a: 2, b: 2 });
});

test("roots after the fifth share one class, with the paths that no root reaches", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const closure = [...names, "stray"].map((name) => storePath(name, 1));
  expect(
    classesOf(
      closure,
      names.map((name) => rootOf(name)),
    ),
  ).toEqual({
    a: 2,
    b: 3,
    c: 4,
    d: 5,
    e: 6,
    f: 7,
    g: 7,
    stray: 7,
  });
});

test("references and roots outside the closure are ignored", () => {
  expect(classesOf([storePath("a", 1, ["gone"])], [rootOf("a"), rootOf("absent")])).toEqual({ a: 2 });
});

describe("with fewer classes, the last one has the paths of all later ones", () => {
  const known = popularity({ glibc: 1, openssl: 0.2 });
  test.each([
    [1, { glibc: 0, openssl: 0, git: 0, perl: 0, htop: 0 }],
    [2, { glibc: 0, openssl: 1, git: 1, perl: 1, htop: 1 }],
    [3, { glibc: 0, openssl: 1, git: 2, perl: 2, htop: 2 }],
    [4, { glibc: 0, openssl: 1, git: 2, perl: 2, htop: 3 }],
  ])("%i", (maxClasses, expected) => {
    expect(classesOf(GIT, [rootOf("git"), rootOf("htop")], known, maxClasses)).toEqual(expected);
  });
});
