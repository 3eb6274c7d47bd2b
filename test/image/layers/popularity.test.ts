import { describe, expect, test } from "vitest";
import { hashPopularity, NO_POPULARITY, parsePopularity } from "../../../image/layers/popularity.ts";

function packagesOf(json: string): Record<string, number> {
  return Object.fromEntries(parsePopularity(json).packages);
}

describe("packages are", () => {
  test.each<[string, string, Record<string, number>]>([
    ["shares", '{"glibc":1,"git":0.25,"htop":0}', { glibc: 1, git: 0.25, htop: 0 }],
    ["counts, as shares of the greatest", '{"glibc":200,"git":50,"htop":0}', { glibc: 1, git: 0.25, htop: 0 }],
    ["empty", "{}", {}],
    ["a package called packages", '{"packages":0.5,"roots":0.1}', { packages: 0.5, roots: 0.1 }],
    ["beside roots", '{"packages":{"glibc":4,"git":1},"roots":{}}', { glibc: 1, git: 0.25 }],
    ["without roots", '{"packages":{"git":0.5}}', { git: 0.5 }],
    ["packages with unusual names", '{"__proto__":0.5,"":1}', { ["__proto__"]: 0.5, "": 1 }],
  ])("%s: %s", (_, json, shares) => {
    expect(packagesOf(json)).toEqual(shares);
  });
});

test("counts of roots are divided by the greatest count of a root", () => {
  const { packages, roots } = parsePopularity('{"packages":{"git":0.5},"roots":{"git":30,"htop":15}}');
  expect([[...packages], [...roots]]).toEqual([
    [["git", 0.5]],
    [
      ["git", 1],
      ["htop", 0.5],
    ],
  ]);
});

test.each([
  ["", "it is not JSON"],
  ["<html>", "it is not JSON"],
  ["[]", "it is not a JSON object"],
  ["1", "it is not a JSON object"],
  ["null", "it is not a JSON object"],
  ['{"git":"1"}', '"git" is "1", not a count or a share'],
  ['{"git":-1}', '"git" is -1, not a count or a share'],
  ['{"git":null}', '"git" is null, not a count or a share'],
  ['{"git":1e999}', '"git" is null, not a count or a share'],
  ['{"git":0.5,"glibc":2}', '"git" is the share 0.5, but other numbers in "packages" are counts'],
  ['{"packages":{},"roots":[]}', '"roots" is not an object of numbers'],
  ['{"packages":{},"roots":{"git":true}}', '"git" is true, not a count or a share'],
  ['{"packages":{},"version":1}', '"version" is not allowed beside "packages" and "roots"'],
  ['{"roots":{}}', '"roots" is {}, not a count or a share'],
  [`{"git":"${"x".repeat(99)}"}`, `"git" is "${"x".repeat(59)}..., not a count or a share`],
])("%j is refused: %s", (json, message) => {
  expect(() => parsePopularity(json)).toThrow(new TypeError(message));
});

describe("the hash", () => {
  const hashOf = async (json: string) => (await hashPopularity(parsePopularity(json))).hash;

  test("covers sorted lines", async () => {
    // printf 'cornice popularity\npackage ["a",0.5]\npackage ["b",1]\nroot ["c",1]\n' | sha256sum
    expect(await hashOf('{"packages":{"b":2,"a":1},"roots":{"c":1}}')).toBe(
      "437e3dd174bd023021d8bb93d7d622a5e6845b597bf818542dcb3eb5ff2f0b93",
    );
  });

  test.each([
    ['{"b":1,"a":0.5}', '{ "a": 0.5, "b": 1 }'],
    ['{"b":1,"a":0.5}', '{"b":20,"a":10}'],
    ['{"b":1,"a":0.5}', '{"packages":{"b":1,"a":0.5},"roots":{}}'],
    ['{"b":1,"a":0}', '{"b":1}'],
  ])("of %s is equal to the hash of %s", async (a, b) => {
    expect(await hashOf(a)).toBe(await hashOf(b));
  });

  test.each([
    ['{"b":1}', '{"b":0.9}'],
    ['{"b":1}', '{"c":1}'],
    ['{"packages":{"b":1}}', '{"packages":{},"roots":{"b":1}}'],
  ])("of %s differs from the hash of %s", async (a, b) => {
    expect(await hashOf(a)).not.toBe(await hashOf(b));
  });

  test("of an empty object is the hash of NO_POPULARITY", async () => {
    expect(await hashOf("{}")).toBe(NO_POPULARITY.hash);
  });
});
