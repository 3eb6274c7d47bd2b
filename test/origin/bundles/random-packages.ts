import * as fc from "fast-check";
import type { PackageRoot } from "../../../image/closure/image-closure.ts";
import type { Popularity } from "../../../image/layers/popularity.ts";
import type { Architecture } from "../../../protocol/image-name.ts";
import { pathOf } from "../../image/layers/grouping.ts";
import type { Tree } from "../nars/nar-bytes.ts";
import { type DrawnTree, drawnTrees, picked, straysOf, treeAmong } from "./random-trees.ts";

/** A store path with its files. */
export interface PathWithTree {
  readonly path: string;
  readonly tree: Tree;
  readonly references: readonly string[];
  /** Paths that its links may lead to, although it need not reference them. */
  readonly strays: readonly string[];
}

/** A package set, and packages of it that make one image. */
export interface PackageSet {
  readonly paths: readonly PathWithTree[];
  /** At least one is requested. */
  readonly packages: readonly PackageRoot[];
  readonly popularity: Popularity;
  readonly architecture: Architecture;
  readonly maxStoreLayers: number;
}

/** Digits of Nix's base 32, one for each path. */
const DIGITS = "0123456789ab".split("");
/** Five of one image, and two that every image gets. */
const MAX_PACKAGES = 7;

interface DrawnPath {
  readonly name: string;
  readonly edges: readonly number[];
  readonly namesItself: boolean;
  readonly tree: DrawnTree;
}

const drawnPaths: fc.Arbitrary<DrawnPath> = fc.record({
  name: fc.constantFrom("bash-5.3", "glibc-2.40", "glibc-2.40-bin", "perl-5.42", "zlib-1.3", "zlib-1.3-dev"),
  edges: fc.array(fc.nat(), { maxLength: 3 }),
  namesItself: fc.boolean(),
  tree: drawnTrees,
});

/** A share of 0.2 and more makes a package common. */
const shares = (...names: readonly string[]) =>
  fc
    .tuple(...names.map(() => fc.constantFrom(0, 0.1, 0.3, 0.9)))
    .map((all) => new Map(names.map((name, place) => [name, all[place] ?? 0])));
const popularity: fc.Arbitrary<Popularity> = fc.oneof(
  fc.constant({ packages: new Map(), roots: new Map() }),
  fc.record({
    packages: shares("bash", "glibc", "perl", "zlib", "other"),
    roots: shares("p0", "p1", "p2", "p3", "other"),
  }),
);

/** Package sets of a few store paths. A path references only paths that come later, and itself. */
export const packageSets: fc.Arbitrary<PackageSet> = fc
  .record({
    paths: fc.array(drawnPaths, { minLength: 1, maxLength: DIGITS.length, size: "max" }).map(pathsOf),
    outputs: fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: MAX_PACKAGES,
      size: "max",
    }),
    always: fc.nat(2),
    popularity,
    architecture: fc.constantFrom<Architecture[]>("amd64", "arm64"),
    maxStoreLayers: fc.oneof(
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 3, arbitrary: fc.integer({ min: 5, max: 20 }) },
      { weight: 1, arbitrary: fc.constant(100) },
    ),
  })
  .map(({ outputs, always, ...set }) => ({ ...set, packages: packagesOf(outputs, always, set.paths) }));

function pathsOf(list: readonly DrawnPath[]): PathWithTree[] {
  const all = list.map(({ name }, place) => pathOf(name, DIGITS[place]));
  return list.map(({ edges, namesItself, tree }, place) => {
    const own = picked(all, place);
    const later = all.slice(place + 1);
    const others = later.length === 0 ? [] : [...new Set(edges.map((edge) => picked(later, edge)))];
    const references = namesItself ? [own, ...others] : others;
    const around = { all, references: references.length > 0 ? references : [own] };
    return { path: own, references, tree: treeAmong(tree, around), strays: straysOf(tree, around) };
  });
}

/** The last `always` packages are in every image. */
function packagesOf(
  outputs: readonly (readonly number[])[],
  always: number,
  paths: readonly PathWithTree[],
): PackageRoot[] {
  const all = paths.map(({ path }) => path);
  const requested = Math.max(1, outputs.length - always);
  return outputs.flatMap((picks, place) => {
    const attribute = `p${place}`;
    const own = new Set(picks.map((pick) => picked(all, pick)));
    return [...own].map((path) => ({ name: attribute, attribute, path, requested: place < requested }));
  });
}
