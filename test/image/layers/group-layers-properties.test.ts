import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { divideClosure, groupLayers, type GroupingInput } from "../../../image/layers/group-layers.ts";
import { compareByName } from "../../../image/layers/layer-group.ts";
import { packageParts } from "../../../image/layers/package-parts.ts";
import { restLayers } from "../../../image/layers/rest-layers.ts";
import { names, randomImages, sizes } from "./random-images.ts";
import { reachedFrom, storePath } from "./grouping.ts";

const images = randomImages({ minLayers: 1, maxLayers: 50 });

function pathsOf(layers: readonly (readonly { readonly path: string }[])[]): string[] {
  return layers.map((layer) => layer.map(({ path }) => path).join(" "));
}

describe("for every image and limit", () => {
  test("all layers together have each path of the closure, and no layer has a path twice", () => {
    fc.assert(
      fc.property(images, (input) => {
        const groups = groupLayers(input);
        expect(new Set(groups.flat())).toEqual(new Set(input.closure));
        for (const layer of groups) expect(new Set(layer).size).toBe(layer.length);
      }),
    );
  });

  test("there are never more layers than allowed, none is empty, and no two are equal", () => {
    fc.assert(
      fc.property(images, (input) => {
        const groups = groupLayers(input);
        expect(groups.length).toBeLessThanOrEqual(input.maxStoreLayers);
        expect(groups.every(({ length }) => length > 0)).toBe(true);
        expect(new Set(pathsOf(groups)).size).toBe(groups.length);
      }),
    );
  });

  test("the order of paths, references and roots makes no difference", () => {
    const shuffles = images.chain((input) =>
      fc.record({
        input: fc.constant(input),
        closure: fc.shuffledSubarray([...input.closure], { minLength: input.closure.length }),
        roots: fc.shuffledSubarray([...input.roots], { minLength: input.roots.length }),
      }),
    );
    fc.assert(
      fc.property(shuffles, ({ input, closure, roots }) => {
        const turned = closure.map((path) => ({ ...path, references: path.references.toReversed() }));
        expect(pathsOf(groupLayers({ ...input, closure: turned, roots }))).toEqual(pathsOf(groupLayers(input)));
      }),
    );
  });

  test("the paths of a layer are sorted by name, then hash", () => {
    fc.assert(
      fc.property(images, (input) => {
        for (const layer of groupLayers(input)) expect(layer).toEqual(layer.toSorted(compareByName));
      }),
    );
  });

  test("a path is alone if it has the cut-off, and otherwise in rest layers", () => {
    fc.assert(
      fc.property(images, (input) => {
        const { cutOff, solos, rests } = divideClosure(input);
        expect(solos.every(({ narSize }) => narSize >= cutOff)).toBe(true);
        expect(rests.flat().every(({ narSize }) => narSize < cutOff)).toBe(true);
      }),
    );
  });
});

/** The image with those paths alone that its packages need, as a real closure is. */
function withoutOthers(input: GroupingInput): GroupingInput {
  return { ...input, closure: reachedFrom(input.closure, input.roots) };
}

/** The rest layers that an image of the package alone has, at the same cut-off. */
function restsAlone(input: GroupingInput, attribute: string, cutOff: number): string[] {
  const roots = input.roots.filter((root) => root.attribute === attribute);
  return pathsOf(restLayers(packageParts({ ...input, closure: reachedFrom(input.closure, roots), roots }), cutOff));
}

describe("an image of known packages", () => {
  // At most 3 packages of 2 parts each: a quarter of 24 layers. So no rest layers are joined.
  const known = randomImages({ minLayers: 24, maxLayers: 40, maxPackages: 3 }).map(withoutOthers);

  test("has only layers of one large path, and rest layers that one of its packages has alone", () => {
    fc.assert(
      fc.property(known, (input) => {
        const { cutOff, rests } = divideClosure(input);
        const attributes = new Set(input.roots.map(({ attribute }) => attribute));
        const alone = new Set([...attributes].flatMap((attribute) => restsAlone(input, attribute, cutOff)));
        expect(pathsOf(rests).filter((rest) => !alone.has(rest))).toEqual([]);
      }),
    );
  });

  test("lacks a rest layer of a package only if another rest layer has all of its paths", () => {
    fc.assert(
      fc.property(known, (input) => {
        const { cutOff, rests } = divideClosure(input);
        const held = rests.map((rest) => new Set(rest.map(({ path }) => path)));
        for (const { attribute } of input.roots) {
          for (const rest of restsAlone(input, attribute, cutOff))
            expect(held.some((paths) => rest.split(" ").every((path) => paths.has(path)))).toBe(true);
        }
      }),
    );
  });

  test("keeps all layers that it needs if it gets one more package and the cut-off stays", () => {
    const added = fc.array(fc.tuple(names, sizes), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(known, added, (input, more) => {
        const paths = more.map(([name, narSize], index) => storePath(`added-${name}-${index}`, narSize));
        const root = { attribute: "z", path: paths[0]?.path ?? "", requested: true };
        const larger = { ...input, closure: [...input.closure, ...paths], roots: [...input.roots, root] };
        fc.pre(divideClosure(larger).cutOff === divideClosure(input).cutOff);
        const after = new Set(pathsOf(groupLayers(larger)));
        expect(pathsOf(groupLayers(input)).filter((layer) => !after.has(layer))).toEqual([]);
      }),
    );
  });
});
