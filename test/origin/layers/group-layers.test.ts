import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupLayers } from "../../../origin/layers/group-layers.ts";
import { compareText, type StorePath } from "../../../origin/nix/store-path.ts";

function storePath(name: string, narSize: number): StorePath {
  return { path: `/nix/store/${name}`, narSize, references: [] };
}

/** Groups as lists of names. */
function namesOf(closure: readonly StorePath[], maxLayers: number): string[][] {
  return groupLayers(closure, maxLayers).map((group) => group.map(({ path }) => path.slice("/nix/store/".length)));
}

describe("the largest paths stand alone, the rest together", () => {
  const closure = [storePath("c", 7), storePath("e", 1), storePath("a", 50), storePath("d", 2), storePath("b", 9)];

  test.each([
    [1, [["a", "b", "c", "d", "e"]]],
    [2, [["a"], ["b", "c", "d", "e"]]],
    [3, [["a"], ["b"], ["c", "d", "e"]]],
    [4, [["a"], ["b"], ["c"], ["d", "e"]]],
    [5, [["a"], ["b"], ["c"], ["d"], ["e"]]],
    [100, [["a"], ["b"], ["c"], ["d"], ["e"]]],
  ])("in at most %i layers: %j", (maxLayers, groups) => {
    expect(namesOf(closure, maxLayers)).toEqual(groups);
  });
});

test("paths of one size are in the order of their names", () => {
  expect(namesOf([storePath("b", 1), storePath("c", 1), storePath("a", 1)], 2)).toEqual([["a"], ["b", "c"]]);
});

test("an empty closure has no layer", () => {
  expect(groupLayers([], 3)).toEqual([]);
});

/** Sizes from a small range, so that many are equal. */
const closures = fc.uniqueArray(
  fc.record({
    path: fc.stringMatching(/^[0-9a-z.-]{1,6}$/).map((name) => `/nix/store/${name}`),
    narSize: fc.oneof(fc.nat(3), fc.nat()),
    references: fc.constant([]),
  }),
  { selector: ({ path }) => path, maxLength: 40 },
);
const limits = fc.integer({ min: 1, max: 12 });

describe("for every closure and limit", () => {
  test("each path is in exactly one layer", () => {
    fc.assert(
      fc.property(closures, limits, (closure, limit) => {
        const paths = groupLayers(closure, limit).flat();
        expect(paths.toSorted((a, b) => compareText(a.path, b.path))).toEqual(
          closure.toSorted((a, b) => compareText(a.path, b.path)),
        );
      }),
    );
  });

  test("there are never more layers than allowed, and none is empty", () => {
    fc.assert(
      fc.property(closures, limits, (closure, limit) => {
        const groups = groupLayers(closure, limit);
        expect(groups.length).toBe(Math.min(closure.length, limit));
        expect(groups.every((group) => group.length > 0)).toBe(true);
      }),
    );
  });

  test("the order of the closure makes no difference", () => {
    const shuffles = closures.chain((closure) =>
      fc.tuple(fc.constant(closure), fc.shuffledSubarray(closure, { minLength: closure.length })),
    );
    fc.assert(
      fc.property(shuffles, limits, ([closure, shuffled], limit) => {
        expect(groupLayers(shuffled, limit)).toEqual(groupLayers(closure, limit));
      }),
    );
  });

  test("the paths of a layer are sorted", () => {
    fc.assert(
      fc.property(closures, limits, (closure, limit) => {
        for (const group of groupLayers(closure, limit)) {
          expect(group).toEqual(group.toSorted((a, b) => compareText(a.path, b.path)));
        }
      }),
    );
  });
});
