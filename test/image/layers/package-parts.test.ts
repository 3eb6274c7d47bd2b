import { describe, expect, test } from "vitest";
import { type LayerRoot, packageParts } from "../../../image/layers/package-parts.ts";
import { NO_POPULARITY, type Popularity } from "../../../image/layers/popularity.ts";
import type { StorePath } from "../../../image/closure/store-path.ts";
import { namesOf, popularity, rootOf, storePath } from "./grouping.ts";

function partsOf(
  closure: readonly StorePath[],
  roots: readonly LayerRoot[],
  known: Popularity = NO_POPULARITY,
): string[][] {
  return namesOf(packageParts({ closure, roots, popularity: known }).map((part) => [...part]));
}

const GIT = [
  storePath("git", 1, ["openssl", "glibc"]),
  storePath("htop", 1, ["htop", "glibc"]),
  storePath("openssl", 1, ["glibc"]),
  storePath("glibc", 1),
];

describe("the worked example", () => {
  test("without popularity", () => {
    expect(partsOf(GIT, [rootOf("git"), rootOf("htop")])).toEqual([
      ["git", "glibc", "openssl"],
      ["glibc", "htop"],
    ]);
  });

  test("with popularity", () => {
    expect(partsOf(GIT, [rootOf("git"), rootOf("htop")], popularity({ glibc: 0.98 }))).toEqual([
      ["glibc"],
      ["git", "openssl"],
      ["glibc"],
      ["htop"],
    ]);
  });
});

describe("the share that makes a package common", () => {
  const closure = [storePath("git-2.51.0", 1, ["lib"]), storePath("lib", 1)];

  test.each([
    [1, [["git-2.51.0"], ["lib"]]],
    [0.2, [["git-2.51.0"], ["lib"]]],
    [0.1999, [["git-2.51.0", "lib"]]],
    [0, [["git-2.51.0", "lib"]]],
  ])("%d of git, without its version: %j", (share, parts) => {
    expect(partsOf(closure, [rootOf("git-2.51.0")], popularity({ git: share }))).toEqual(parts);
  });
});

describe("packages are sorted", () => {
  const closure = ["a", "b", "c"].map((name) => storePath(name, 1));

  test.each([
    ["by attribute", [rootOf("c"), rootOf("a"), rootOf("b")], {}, ["a", "b", "c"]],
    [
      "by popularity, before the attribute",
      [rootOf("c"), rootOf("a"), rootOf("b")],
      { b: 0.5, c: 0.4 },
      ["b", "c", "a"],
    ],
    ["by request, before anything else", [rootOf("c"), rootOf("a", false), rootOf("b")], { a: 1 }, ["b", "c", "a"]],
  ])("%s", (_, roots, shares, names) => {
    expect(partsOf(closure, roots, popularity({}, shares))).toEqual(names.map((name) => [name]));
  });
});

test("the outputs of a package are one package", () => {
  const closure = [storePath("a", 1), storePath("a-lib", 1), storePath("b", 1)];
  const outputs = [{ ...rootOf("a-lib"), attribute: "a" }, rootOf("b"), rootOf("a")];
  expect(partsOf(closure, outputs)).toEqual([["a", "a-lib"], ["b"]]);
});

test("references may form a circle, and may lead out of the closure", () => {
  expect(partsOf([storePath("a", 1, ["b"]), storePath("b", 1, ["a", "gone"])], [rootOf("b")])).toEqual([["a", "b"]]);
});

test("paths that no package reaches are the last parts", () => {
  const closure = [storePath("stray", 1), storePath("a", 1), storePath("lost", 1)];
  expect(partsOf(closure, [rootOf("a")])).toEqual([["a"], ["lost", "stray"]]);
  expect(partsOf(closure, [], popularity({ lost: 1 }))).toEqual([["lost"], ["a", "stray"]]);
});
