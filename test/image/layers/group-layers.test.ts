import { describe, expect, test } from "vitest";
import { divideClosure, groupLayers, type GroupingInput, sizeClass } from "../../../image/layers/group-layers.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import type { StorePath } from "../../../image/closure/store-path.ts";
import { namesOf, pathOf, popularity, rootOf, storePath } from "./grouping.ts";
import { SOLO } from "./random-images.ts";

const KIB = 1024;

function group(input: Partial<GroupingInput>): string[][] {
  return namesOf(groupLayers({ closure: [], roots: [], popularity: NO_POPULARITY, maxStoreLayers: 100, ...input }));
}

const EXAMPLE = {
  closure: [
    storePath("expat-2.6", 50 * KIB),
    storePath("git-2.51.0", 28_000 * KIB, ["perl-5.42", "zlib-1.3", "expat-2.6"]),
    storePath("glibc-2.40", 30_000 * KIB),
    storePath("htop-3.4", 250 * KIB, ["libnl-3.11", "glibc-2.40", "zlib-1.3"]),
    storePath("libnl-3.11", 20 * KIB),
    storePath("perl-5.42", 300 * KIB, ["glibc-2.40"]),
    storePath("zlib-1.3", 60 * KIB),
  ],
  roots: [
    { ...rootOf("git-2.51.0"), attribute: "git" },
    { ...rootOf("htop-3.4"), attribute: "htop" },
  ],
};

// If this must change, raise FORMAT_VERSION in image/layers/format-version.ts.
test("the worked example", () => {
  expect(group(EXAMPLE)).toEqual([
    ["git-2.51.0"],
    ["glibc-2.40"],
    ["perl-5.42"],
    ["htop-3.4"],
    ["expat-2.6", "zlib-1.3"],
    ["libnl-3.11", "zlib-1.3"],
  ]);
});

test("common packages have a rest layer of their own, and only small paths move", () => {
  expect(group({ ...EXAMPLE, popularity: popularity({ zlib: 0.9, git: 1 }) })).toEqual([
    ["git-2.51.0"],
    ["glibc-2.40"],
    ["perl-5.42"],
    ["htop-3.4"],
    ["zlib-1.3"],
    ["expat-2.6"],
    ["libnl-3.11"],
  ]);
});

test("an empty closure has no layer", () => {
  expect(group({})).toEqual([]);
});

test("paths of one size class are sorted by name, then by hash", () => {
  const sized = (name: string, hash: string, bytes: number): StorePath => ({
    path: pathOf(name, hash),
    narSize: 1_000_000 + bytes,
    references: [],
  });
  const closure = [sized("b", "0", 2), sized("a", "1", 0), sized("c", "0", 3), sized("a", "0", 1)];
  const layers = groupLayers({ closure, roots: [], popularity: NO_POPULARITY, maxStoreLayers: 100 });
  expect(layers.flat().map(({ path }) => path)).toEqual([
    pathOf("a", "0"),
    pathOf("a", "1"),
    pathOf("b", "0"),
    pathOf("c", "0"),
  ]);
});

describe("a path of 64 KiB or more has a layer of its own", () => {
  test.each([
    [SOLO, [["a"], ["b", "c"]]],
    [SOLO - 1, [["a", "b", "c"]]],
  ])("%i bytes: %j", (bytes, groups) => {
    expect(group({ closure: [storePath("b", 2), storePath("a", bytes), storePath("c", 1)] })).toEqual(groups);
  });
});

describe("if there are more large paths than layers, the cut-off rises to the first step that fits:", () => {
  // 40 paths, each a little larger than a cut-off: 64 KiB times powers of the square root of 2.
  const names = Array.from({ length: 40 }, (_, step) => `p${String(40 - step).padStart(2, "0")}`);
  const closure = names.map((name, step) => storePath(name, Math.ceil(SOLO * Math.SQRT2 ** (step + 0.1))));

  test.each([1, 2, 3, 8, 31, 39])("with at most %i layers", (maxStoreLayers) => {
    const { cutOff, solos, rests } = divideClosure({
      closure,
      roots: [],
      popularity: NO_POPULARITY,
      maxStoreLayers,
    });
    expect([solos.length, rests.length]).toEqual([maxStoreLayers - 1, 1]);
    expect(cutOff / (SOLO * Math.SQRT2 ** (41 - maxStoreLayers))).toBeCloseTo(1, 4);
  });

  test.each([40, 41, 124])("not at all with at most %i layers", (maxStoreLayers) => {
    expect(group({ closure, maxStoreLayers }).length).toBe(40);
  });

  test("for all packages alike", () => {
    const roots = [rootOf("a"), rootOf("b")];
    const [a, b] = [storePath("a", 100 * KIB, ["a2"]), storePath("b", 120 * KIB, ["b2"])];
    const small = [a, storePath("a2", 100 * KIB), b, storePath("b2", 120 * KIB)];
    const large = Array.from({ length: 5 }, (_, index) => storePath(`l${index}`, 2 ** 20));
    const last = (count: number, maxStoreLayers: number) =>
      group({ closure: [...small, ...large], roots, maxStoreLayers }).slice(-count);
    expect(last(4, 9)).toEqual([["b"], ["b2"], ["a"], ["a2"]]);
    expect(last(2, 8)).toEqual([
      ["a", "a2"],
      ["b", "b2"],
    ]);
  });
});

describe("an image with many packages", () => {
  const attributes = Array.from({ length: 30 }, (_, index) => `r${String(index).padStart(2, "0")}`);
  const roots = attributes.map((name) => rootOf(name));
  const small = attributes.map((name) => storePath(name, 1, ["lib"]));
  const closure = [storePath("lib", 2), ...small];
  const large = (count: number) => Array.from({ length: count }, (_, index) => storePath(`l${index}`, SOLO * 2));

  test("has a rest layer for each if there is room", () => {
    expect(group({ closure: [...closure, ...large(70)], roots }).length).toBe(100);
    expect(group({ closure, roots, maxStoreLayers: 30 })).toEqual(attributes.map((name) => ["lib", name]));
  });

  test.each([
    [1, 1],
    [7, 1],
    [8, 2],
    [28, 7],
    [31, 7],
  ])("has, of at most %i layers, %i rest layers if there are many large paths", (maxStoreLayers, count) => {
    const kept = attributes.slice(0, count - 1).map((name) => ["lib", name]);
    const more = large(maxStoreLayers - count);
    expect(group({ closure: [...closure, ...more], roots, maxStoreLayers }).slice(-count)).toEqual([
      ...kept,
      ["lib", ...attributes.slice(count - 1)],
    ]);
  });

  test("joins the packages that are rarely asked for, and those that every image gets", () => {
    const known = popularity({}, { r09: 0.5 });
    const asked = roots.map((root) => ({ ...root, requested: root.attribute !== "r00" }));
    expect(group({ closure, roots: asked, popularity: known, maxStoreLayers: 3 })).toEqual([
      ["lib", "r09"],
      ["lib", "r01"],
      ["lib", "r00", ...attributes.filter((name) => !["r00", "r01", "r09"].includes(name))],
    ]);
  });
});

test.each([
  [0, 0],
  [1, 4],
  [2, 6],
  [15, 16],
  [65_534, 63],
  [65_535, 64],
  [77_934, 64],
  [77_935, 65],
  [1_000_000_000, 119],
  [Number.MAX_SAFE_INTEGER - 1, 211],
])("the size class of %i bytes is %i", (bytes, expected) => {
  expect(sizeClass(bytes)).toBe(expected);
});

test("the same path twice in a closure is an error", () => {
  expect(() => group({ closure: [storePath("a", 1), storePath("a", 1)] })).toThrow(
    "2 store paths were divided into 1 layers with 2 paths",
  );
});
