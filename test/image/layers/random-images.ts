import * as fc from "fast-check";
import type { GroupingInput } from "../../../image/layers/group-layers.ts";
import type { StorePath } from "../../../image/closure/store-path.ts";
import { pathOf, popularity } from "./grouping.ts";

/** The smallest path that can have a layer of its own, in bytes. */
export const SOLO = 65_536;
const MAX_PACKAGES = 6;
/** The outputs of all packages. */
const MAX_ROOTS = 9;

/** Sizes on both sides of the first cut-off, and far above it. Many of them are equal. */
export const sizes = fc.oneof(fc.nat(3), fc.integer({ min: SOLO - 2, max: SOLO * 4 }), fc.nat({ max: 2 ** 40 }));
export const names = fc.stringMatching(/^[a-z]{1,2}(-[0-9])?$/);

interface Limits {
  readonly minLayers: number;
  readonly maxLayers: number;
  /** At least 1. */
  readonly maxPackages?: number;
}

/** Store paths that need each other at random, up to `maxPackages` packages, and a limit of layers. */
export function randomImages({
  minLayers,
  maxLayers,
  maxPackages = MAX_PACKAGES,
}: Limits): fc.Arbitrary<GroupingInput> {
  const nodes = fc.record({
    name: names,
    hash: fc.constantFrom("0", "1"),
    narSize: sizes,
    edges: fc.array(fc.nat(), { maxLength: 3 }),
  });
  return fc
    .uniqueArray(nodes, { selector: ({ name, hash }) => `${hash}${name}`, maxLength: 60 })
    .map((list) =>
      list.map(({ name, hash, narSize, edges }) => ({
        path: pathOf(name, hash),
        narSize,
        references: edges.flatMap((edge) => list[edge % list.length] ?? []).map((node) => pathOf(node.name, node.hash)),
      })),
    )
    .chain((closure) =>
      fc.record({
        closure: fc.constant<readonly StorePath[]>(closure),
        roots: fc.subarray(closure, { maxLength: Math.min(closure.length, MAX_ROOTS) }).map((roots) =>
          roots.map(({ path }, index) => {
            const place = index % maxPackages;
            return { attribute: `a${place}`, path, requested: place !== 2 };
          }),
        ),
        popularity: fc
          .tuple(fc.dictionary(names, fc.double({ min: 0, max: 1, noNaN: true })), fc.constant({ a1: 0.5 }))
          .map(([packages, roots]) => popularity(packages, roots)),
        maxStoreLayers: fc.integer({ min: minLayers, max: maxLayers }),
      }),
    );
}
