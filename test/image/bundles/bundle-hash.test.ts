import { expect, test } from "vitest";
import { bundleHash } from "../../../image/bundles/bundle-hash.ts";
import { pathOf } from "../layers/grouping.ts";

const SHAPE = { format: 8, maxStoreLayers: 100, compression: "gzip", popularity: "0" } as const;
const OUT = { attribute: "git", path: pathOf("git") };
const DOC = { attribute: "git", path: pathOf("git-doc") };

test("a hash never changes", async () => {
  expect(await bundleHash([OUT], SHAPE)).toBe("76353f2b30702813d534c5252d86383dc1cd92edb90ccf76dd97b2993f94884b");
});

test.each([
  ["the order of the outputs", [DOC, OUT], SHAPE],
  ["the limit of layers", [OUT, DOC], { ...SHAPE, maxStoreLayers: 5 }],
] as const)("%s makes no difference", async (_, roots, shape) => {
  expect(await bundleHash(roots, shape)).toBe(await bundleHash([OUT, DOC], SHAPE));
});

test.each([
  ["the format", [OUT], { ...SHAPE, format: 9 }],
  ["the compression", [OUT], { ...SHAPE, compression: "zstd" }],
  ["the popularity", [OUT], { ...SHAPE, popularity: "1" }],
  ["the attribute", [{ ...OUT, attribute: "gitMinimal" }], SHAPE],
  ["the path", [{ ...OUT, path: pathOf("git", "1") }], SHAPE],
  ["a second output", [OUT, DOC], SHAPE],
] as const)("%s makes another hash", async (_, roots, shape) => {
  expect(await bundleHash(roots, shape)).not.toBe(await bundleHash([OUT], SHAPE));
});
