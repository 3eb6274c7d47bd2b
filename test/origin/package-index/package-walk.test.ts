import { describe, expect, test } from "vitest";
import { createPackageWalk } from "../../../origin/package-index/package-walk.ts";
import type { Place, WalkLine } from "../../../origin/package-index/walk-line.ts";

const names = (...all: string[]): WalkLine => ({ kind: "names", names: all });
const at = (...place: number[]): WalkLine => ({ kind: "at", place });
const found = (version: string, text: string): WalkLine[] => [
  { kind: "package", version },
  { kind: "description", text },
];

function walked(...lines: readonly WalkLine[]) {
  const walk = createPackageWalk({ from: 0, to: 1000 });
  lines.forEach((line) => walk.take(line));
  return walk;
}

/** A package, a set with two more, and a function. */
const LINES = [
  names("Git", "perlPackages", "toString"),
  at(0),
  ...found("2.51", "Version control"),
  at(1),
  names("DBI", "JSON"),
  at(1, 0),
  ...found("1.6", ""),
  at(1, 1),
  ...found("4", "JSON for Perl"),
  at(2),
];

test("the name of a package has all steps", () => {
  expect(walked(...LINES).packages()).toEqual([
    ["git", "2.51", "Version control"],
    ["perlpackages.dbi", "1.6", ""],
    ["perlpackages.json", "4", "JSON for Perl"],
  ]);
});

test("it counts the attributes of inner sets, and the attributes that Nix evaluated", () => {
  const { seen, sets } = walked(...LINES.slice(0, 7));
  expect([seen, sets.inner]).toEqual([3, 2]);
});

test("the attribute at a place is spelled as in the set", () => {
  expect(walked(...LINES).attributeAt([1, 0])).toBe("perlPackages.DBI");
});

describe("a package that no name finds is not listed:", () => {
  test.each<[string, readonly WalkLine[]]>([
    ["a package", [names("aB", "Ab"), at(0), ...found("1", "x"), at(1), ...found("1", "x")]],
    ["a package in a set", [names("aB", "Ab"), at(0), names("c"), at(0, 0), ...found("1", "x")]],
  ])("%s", (_, lines) => expect(walked(...lines).packages()).toEqual([]));
});

test("lines that come again after a restart count once", () => {
  const walk = walked(...LINES, at(1), names("DBI", "JSON"), at(1, 0), ...found("1.6", "again"));
  expect(walk.packages()).toHaveLength(3);
  expect([walk.seen, walk.sets.inner]).toEqual([5, 2]);
});

test("a package without a description is listed too", () => {
  const walk = walked(names("a", "b"), at(0), { kind: "package", version: "1" }, at(1));
  expect(walk.packages()).toEqual([["a", "1", ""]]);
  const isListed = (...place: number[]) => walk.isListed(place satisfies Place);
  expect([isListed(0), isListed(1)]).toEqual([true, false]);
});
