import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { divideClosure, groupLayers, type GroupingInput, sizeClass } from "../../../image/layers/group-layers.ts";
import { MAX_CLASSES } from "../../../image/layers/layer-classes.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { type StorePath, storePathName } from "../../../image/closure/store-path.ts";
import { compareText } from "../../../protocol/compare-text.ts";
import { namesOf, pathOf, popularity, rootOf, storePath } from "./grouping.ts";

const KIB = 1024;
const SOLO = 65_536;

function group(input: Partial<GroupingInput>): string[][] {
  return namesOf(groupLayers({ closure: [], roots: [], popularity: NO_POPULARITY, maxStoreLayers: 100, ...input }));
}

const EXAMPLE = {
  closure: [
    storePath("expat-2.6", 50 * KIB),
    storePath("git-2.51.0", 28_000 * KIB, ["perl-5.42", "zlib-1.3", "expat-2.6"]),
    storePath("glibc-2.40", 30_000 * KIB),
    storePath("htop-3.4", 250 * KIB, ["libnl-3.11", "glibc-2.40"]),
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
    ["libnl-3.11"],
  ]);
});

test("popularity moves only small paths between classes", () => {
  expect(group({ ...EXAMPLE, popularity: popularity({ zlib: 0.9, libnl: 0.5, expat: 0.2, git: 1 }) })).toEqual([
    ["git-2.51.0"],
    ["glibc-2.40"],
    ["perl-5.42"],
    ["htop-3.4"],
    ["libnl-3.11", "zlib-1.3"],
    ["expat-2.6"],
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

describe("if there are more large paths than layers, the smallest go into their classes:", () => {
  const names = Array.from({ length: 40 }, (_, index) => `p${String(index).padStart(2, "0")}`);
  const closure = names.map((name, index) => storePath(name, 2 ** 20 * (40 - index) ** 4));
  const solos = (count: number) => names.slice(0, count).map((name) => [name]);

  test.each([1, 2, 3, 7, 8, 31, 32, 39])("with at most %i layers", (maxStoreLayers) => {
    expect(group({ closure, maxStoreLayers })).toEqual([...solos(maxStoreLayers - 1), names.slice(maxStoreLayers - 1)]);
  });

  test.each([40, 41, 124])("but none with at most %i layers", (maxStoreLayers) => {
    expect(group({ closure, maxStoreLayers })).toEqual(solos(40));
  });
});

describe("of few layers, at most a quarter are classes:", () => {
  const roots = ["r1", "r2", "r3", "r4", "r5", "r6"].map((name) => rootOf(name));
  const small = roots.map(({ attribute }) => storePath(attribute, 1));
  const large = Array.from({ length: 60 }, (_, index) => storePath(`l${index}`, SOLO * 2));
  const known = popularity({ r1: 1, r2: 0.2 });
  test.each([
    [4, 1],
    [7, 1],
    [8, 2],
    [12, 3],
    [31, 5],
    [32, 6],
    [100, 6],
  ])("of %i: %i", (maxStoreLayers, classes) => {
    const groups = group({ closure: [...small, ...large], roots, popularity: known, maxStoreLayers });
    const alone = groups.filter(([name = ""]) => name.startsWith("l")).filter(({ length }) => length === 1);
    expect(groups.length - alone.length).toBe(classes);
    expect(groups.length).toBe(Math.min(maxStoreLayers, large.length + classes));
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

/** Sizes on both sides of the limit for solo layers. Many of them are equal. */
const sizes = fc.oneof(fc.nat(3), fc.integer({ min: SOLO - 2, max: SOLO * 4 }), fc.nat({ max: 2 ** 40 }));
const names = fc.stringMatching(/^[a-z]{1,2}(-[0-9])?$/);

const MAX_ROOTS = 9;

const images = fc
  .uniqueArray(fc.record({ name: names, hash: fc.constantFrom("0", "1"), narSize: sizes, edges: fc.array(fc.nat()) }), {
    selector: ({ name, hash }) => `${hash}${name}`,
    maxLength: 60,
  })
  .map((nodes) =>
    nodes.map(({ name, hash, narSize, edges }) => ({
      path: pathOf(name, hash),
      narSize,
      references: edges.flatMap((edge) => nodes[edge % nodes.length] ?? []).map((node) => pathOf(node.name, node.hash)),
    })),
  )
  .chain((closure) =>
    fc.record({
      closure: fc.constant<readonly StorePath[]>(closure),
      roots: fc
        .subarray(closure, { maxLength: Math.min(closure.length, MAX_ROOTS) })
        .map((roots) => roots.map(({ path }, index) => ({ attribute: `a${index}`, path, requested: index !== 3 }))),
      popularity: fc
        .tuple(fc.dictionary(names, fc.double({ min: 0, max: 1, noNaN: true })), fc.constant({ a1: 0.5 }))
        .map(([packages, roots]) => popularity(packages, roots)),
      maxStoreLayers: fc.integer({ min: 1, max: 50 }),
    }),
  );

function sorted(paths: readonly StorePath[]): string[] {
  return paths.map(({ path }) => path).toSorted(compareText);
}

function solosOf(input: GroupingInput): string[] {
  return divideClosure(input).solos.map(({ path }) => path);
}

describe("for every image and limit", () => {
  test("each path is in exactly one layer", () => {
    fc.assert(
      fc.property(images, (input) => {
        expect(sorted(groupLayers(input).flat())).toEqual(sorted(input.closure));
      }),
    );
  });

  test("there are never more layers than allowed, and none is empty", () => {
    fc.assert(
      fc.property(images, (input) => {
        const groups = groupLayers(input);
        expect(groups.length).toBeLessThanOrEqual(input.maxStoreLayers);
        expect(groups.every(({ length }) => length > 0)).toBe(true);
      }),
    );
  });

  test("the order of paths, references and roots makes no difference", () => {
    const shuffles = images.chain((input) =>
      fc.record({
        input: fc.constant(input),
        closure: fc.shuffledSubarray([...input.closure], { minLength: input.closure.length }),
        roots: fc.shuffledSubarray(input.roots, { minLength: input.roots.length }),
      }),
    );
    fc.assert(
      fc.property(shuffles, ({ input, closure, roots }) => {
        const turned = closure.map((path) => ({ ...path, references: path.references.toReversed() }));
        expect(namesOf(groupLayers({ ...input, closure: turned, roots }))).toEqual(namesOf(groupLayers(input)));
      }),
    );
  });

  test("the paths of a layer are sorted by name, then hash", () => {
    const compare = (a: StorePath, b: StorePath) =>
      compareText(storePathName(a.path), storePathName(b.path)) || compareText(a.path, b.path);
    fc.assert(
      fc.property(images, (input) => {
        for (const layer of groupLayers(input)) expect(layer).toEqual(layer.toSorted(compare));
      }),
    );
  });

  test("no merged path is of a larger size class than a solo path", () => {
    fc.assert(
      fc.property(images, (input) => {
        const { solos, merged } = divideClosure(input);
        const classes = (paths: readonly StorePath[]) => paths.map(({ narSize }) => sizeClass(narSize));
        expect(Math.max(0, ...classes(merged.flat()))).toBeLessThanOrEqual(Math.min(Infinity, ...classes(solos)));
      }),
    );
  });
});

/** An image, and the same image with one more package. This package sorts last and brings paths of its own. */
const additions = fc
  .tuple(images, fc.array(fc.tuple(names, sizes), { minLength: 1, maxLength: 8 }))
  .map(([input, added]) => {
    const paths = added.map(([name, narSize], index) => storePath(`added-${name}-${index}`, narSize));
    const [first] = paths;
    const root = { attribute: "z", path: first?.path ?? "", requested: true };
    const more = { ...input, closure: [...input.closure, ...paths], roots: [...input.roots, root] };
    return { input, more, paths };
  });

describe("one more package", () => {
  test("changes no solo layer if the limit forces no large path into a class", () => {
    fc.assert(
      fc.property(additions, ({ input, more }) => {
        // Enough layers for all large paths and all classes.
        const maxStoreLayers = more.closure.length + MAX_CLASSES;
        const after = new Set(solosOf({ ...more, maxStoreLayers }));
        expect(solosOf({ ...input, maxStoreLayers }).filter((path) => !after.has(path))).toEqual([]);
      }),
    );
  });

  test("removes, at the limit, only the last solo layers, at most one for each new large path and class", () => {
    fc.assert(
      fc.property(additions, ({ input, more, paths }) => {
        const before = solosOf(input);
        const after = new Set(solosOf(more));
        const kept = before.filter((path) => after.has(path));
        expect(before.slice(0, kept.length)).toEqual(kept);
        const large = paths.filter(({ narSize }) => sizeClass(narSize) >= sizeClass(SOLO)).length;
        expect(before.length - kept.length).toBeLessThanOrEqual(large + MAX_CLASSES);
      }),
    );
  });
});
