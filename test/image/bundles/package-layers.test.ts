import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packageLayers, stepOf } from "../../../image/bundles/package-layers.ts";
import { packagePopularity } from "../../../image/bundles/package-popularity.ts";
import { divideClosure, type GroupingInput } from "../../../image/layers/group-layers.ts";
import { packageParts } from "../../../image/layers/package-parts.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { cutOffAt, restLayers } from "../../../image/layers/rest-layers.ts";
import { namesOf, popularity, reachedFrom, rootOf, storePath } from "../layers/grouping.ts";
import { randomImages } from "../layers/random-images.ts";

const KIB = 1024;
const GIT = {
  closure: [
    storePath("git", 28_000 * KIB, ["perl", "zlib"]),
    storePath("perl", 300 * KIB),
    storePath("zlib", 60 * KIB),
  ],
  roots: [rootOf("git")],
  popularity: NO_POPULARITY,
  maxStoreLayers: 100,
};

/** The steps that are packed ahead. */
const AHEAD = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe("the layers of a package", () => {
  const { solos, rests } = packageLayers(GIT);

  test("are its paths above the first cut-off", () => {
    expect(namesOf([solos])).toEqual([["git", "perl"]]);
  });

  test("are the rest layers of each step", () => {
    expect([...rests.keys()]).toEqual(AHEAD);
    expect(namesOf(rests.get(0) ?? [])).toEqual([["zlib"]]);
    expect(namesOf(rests.get(7) ?? [])).toEqual([["perl", "zlib"]]);
  });

  test("begin at the step that the package needs alone", () => {
    const alone = packageLayers({ ...GIT, maxStoreLayers: 2 });
    // The cut-off of step 5 is above the 300 KiB of perl.
    expect([[...alone.rests.keys()], namesOf([alone.solos])]).toEqual([AHEAD.slice(5), [["git"]]]);
  });

  test("have at least one step", () => {
    const { rests: last } = packageLayers({ ...GIT, maxStoreLayers: 1 });
    expect([...last.keys()]).toEqual([18]);
  });

  test.each([
    [undefined, []],
    [3, []],
    [12, [12]],
  ])("have the step of an image that was seen: %s", (seen, more) => {
    expect([...packageLayers(GIT, seen).rests.keys()]).toEqual([...AHEAD, ...more]);
  });
});

test.each([0, 1, 7, 40])("a cut-off has its step: %i", (step) => {
  expect(stepOf(cutOffAt(step))).toBe(step);
});

test("another number is no cut-off", () => {
  expect(() => stepOf(100_000)).toThrow("100000 bytes are no cut-off");
});

describe("the popularity of a package", () => {
  const all = popularity({ zlib: 0.5, perl: 0, glibc: 0.9 }, { git: 0.25, htop: 0.5 });

  test("has the shares of its paths and of its attribute", () => {
    expect(packagePopularity("git", GIT.closure, all)).toEqual(popularity({ zlib: 0.5 }, { git: 0.25 }));
  });
});

/** The packages of an image, each as if it were alone. */
function packagesOf(image: GroupingInput): GroupingInput[] {
  return [...Map.groupBy(image.roots, ({ attribute }) => attribute)].map(([attribute, roots]) => {
    const closure = reachedFrom(image.closure, roots);
    return { ...image, closure, roots, popularity: packagePopularity(attribute, closure, image.popularity) };
  });
}

test("an image is made of the layers of its packages, and needs no lower step", () => {
  fc.assert(
    fc.property(randomImages({ minLayers: 1, maxLayers: 20 }), (random) => {
      const image = { ...random, closure: reachedFrom(random.closure, random.roots) };
      const { cutOff, solos } = divideClosure(image);
      const step = stepOf(cutOff);
      const packages = packagesOf(image).map((input) => packageLayers(input, step));
      for (const { rests } of packages) expect(rests.get(step)).toBeDefined();
      const packedAlone = new Set(packages.flatMap((layers) => namesWithHash([layers.solos]).flat()));
      expect(
        namesWithHash([solos])
          .flat()
          .filter((path) => !packedAlone.has(path)),
      ).toEqual([]);
      const packed = new Set(packages.flatMap(({ rests }) => (rests.get(step) ?? []).map(textOf)));
      const needed = restLayers(packageParts(image), cutOff).map(textOf);
      expect(needed.filter((rest) => !packed.has(rest))).toEqual([]);
    }),
  );
});

function namesWithHash(groups: readonly (readonly { readonly path: string }[])[]): string[][] {
  return groups.map((group) => group.map(({ path }) => path));
}

function textOf(group: readonly { readonly path: string }[]): string {
  return group.map(({ path }) => path).join(" ");
}
