import { expect, test } from "vitest";
import { mergeBundles } from "../../../origin/bundles/merge-bundles.ts";
import { BUNDLE, GIT, layerOf, ZLIB } from "../../image/bundles/bundles.ts";

const KNOWN = {
  ...BUNDLE,
  solos: new Map([
    [GIT, layerOf("1")],
    [ZLIB, layerOf("2")],
  ]),
  rests: new Map([["a", layerOf("3")]]),
  steps: [0, 9],
};
const FRESH = { ...BUNDLE, solos: new Map([[GIT, layerOf("1")]]), rests: new Map([["b", layerOf("4")]]), steps: [1] };

test("a new bundle is all there is, without an older one", () => {
  expect(mergeBundles(FRESH, undefined)).toBe(FRESH);
});

test("a new bundle keeps the layers and steps of an older one", () => {
  expect(mergeBundles(FRESH, KNOWN)).toEqual({
    ...FRESH,
    solos: KNOWN.solos,
    rests: new Map([...KNOWN.rests, ...FRESH.rests]),
    steps: [0, 1, 9],
  });
});

test.each([
  ["path", { ...KNOWN, solos: new Map([[GIT, layerOf("9")]]) }],
  ["rest layer", { ...KNOWN, rests: new Map([["b", layerOf("9")]]) }],
])("a new bundle keeps nothing if a %s has other bytes now", (_, known) => {
  expect(mergeBundles(FRESH, known)).toBe(FRESH);
});
