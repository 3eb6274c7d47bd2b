import { describe, expect, test } from "vitest";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { packageParts } from "../../../image/layers/package-parts.ts";
import { cutOffAt, restLayers } from "../../../image/layers/rest-layers.ts";
import type { StorePath } from "../../../image/closure/store-path.ts";
import { namesOf, rootOf, storePath } from "./grouping.ts";

test.each([
  [0, 65_536],
  [1, 92_682],
  [2, 131_072],
  [3, 185_364],
  [20, 67_108_864],
  [41, 92_682 * 2 ** 20],
])("cut-off %i is %i bytes", (step, bytes) => {
  expect(cutOffAt(step)).toBe(bytes);
});

/** Each list of names is the closure of one package. A name's length is its size in bytes. */
function rests(packages: readonly (readonly string[])[], cutOff = 100): string[][] {
  const names = [...new Set(packages.flat())];
  const dependencies = names.map((name): StorePath => storePath(name, name.length));
  const roots = packages.map((needed, index) => storePath(`root${index}`, 1000, needed));
  const parts = packageParts({
    closure: [...dependencies, ...roots],
    roots: roots.map((_, index) => rootOf(`root${index}`)),
    popularity: NO_POPULARITY,
  });
  return namesOf(restLayers(parts, cutOff));
}

describe("the rest layers of packages", () => {
  test.each<[string, readonly (readonly string[])[], readonly (readonly string[])[]]>([
    [
      "have a path that two packages need twice",
      [
        ["a", "b"],
        ["b", "c"],
      ],
      [
        ["a", "b"],
        ["b", "c"],
      ],
    ],
    ["are missing if a package has no path below the cut-off", [[], ["a"]], [["a"]]],
    [
      "leave the second of two equal layers out",
      [
        ["a", "b"],
        ["a", "b"],
      ],
      [["a", "b"]],
    ],
    ["leave a layer out if another has all of its paths", [["a"], ["c"], ["a", "b"]], [["c"], ["a", "b"]]],
    [
      "leave none out that only two others together cover",
      [
        ["a", "b"],
        ["a", "c"],
        ["b", "d"],
      ],
      [
        ["a", "b"],
        ["a", "c"],
        ["b", "d"],
      ],
    ],
  ])("%s", (_, packages, layers) => {
    expect(rests(packages)).toEqual(layers);
  });

  test("have the paths that are smaller than the cut-off", () => {
    expect(rests([["a", "bb", "ccc", "dddd"]], 3)).toEqual([["a", "bb"]]);
  });

  test("may cover each other at one cut-off and not at another", () => {
    const packages = [
      ["a", "bbb"],
      ["a", "c"],
    ];
    expect(rests(packages, 3)).toEqual([["a", "c"]]);
    expect(rests(packages, 4)).toEqual(packages);
  });
});
