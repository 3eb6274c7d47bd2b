import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect } from "vitest";
import type { Fragment } from "../../../origin/packing/fragment.ts";
import type { LayerContent } from "../../../origin/packing/layer-content.ts";
import type { Packer } from "../../../origin/packing/packer.ts";
import { writeTree } from "../fixtures.ts";
import { MIB, pack, storePaths, test } from "./packing.ts";

const LARGE = "0123456789".repeat(2.5 * MIB * 0.1);

/** Three store paths, of which the large one stands apart. */
async function writePaths(directory: string) {
  await writeTree(directory, { "a/f": "first", "l/f": LARGE, "l/g": { link: "f" }, "z/f": "last" });
  return { first: join(directory, "a"), large: join(directory, "l"), last: join(directory, "z") };
}

/** The large path's fragment, from a layer of it alone. */
async function packAlone(packer: Packer, directory: string, large: string): Promise<Fragment> {
  const file = join(directory, "alone");
  const { fragments } = await pack(packer, storePaths([large], [large]), file);
  expect(fragments.map(({ path }) => path)).toEqual([large]);
  return { ...fragments[0]!, file };
}

function withFragment(content: LayerContent, fragment: Fragment): LayerContent {
  if (content.kind !== "store-paths") throw new Error("these are store paths");
  return { ...content, paths: content.paths.map((path) => (path.isApart ? { ...path, fragment } : path)) };
}

test("the compressed form of a path apart is the same in every layer, and whole members", async ({
  directory,
  packer,
}) => {
  const { first, large, last } = await writePaths(directory);
  const alone = await packAlone(packer, directory, large);
  const { fragments, compressed } = await pack(packer, storePaths([first, large, last], [large]), join(directory, "1"));
  const [{ offset, size, checksum, path } = { ...alone, path: "" }] = fragments;
  expect({ path, size, checksum }).toEqual({ path: large, size: alone.size, checksum: alone.checksum });
  const bytes = compressed.subarray(offset, offset + size);
  expect(bytes).toEqual((await readFile(alone.file)).subarray(alone.offset, alone.offset + alone.size));
  expect(gunzipSync(bytes).includes(LARGE)).toBe(true);
});

describe("a layer of which a fragment is known is the same layer", () => {
  for (const names of [["large"], ["first", "large"], ["large", "last"], ["first", "large", "last"]] as const) {
    test(names.join(" "), async ({ directory, packer }) => {
      const paths = await writePaths(directory);
      const alone = await packAlone(packer, directory, paths.large);
      const content = storePaths(
        names.map((name) => paths[name]),
        [paths.large],
      );
      const compressed = await pack(packer, content, join(directory, "1"));
      expect(await pack(packer, withFragment(content, alone), join(directory, "2"))).toEqual(compressed);
    });
  }
});

test("a known fragment is taken, not made anew", async ({ directory, packer }) => {
  const { large } = await writePaths(directory);
  const alone = await packAlone(packer, directory, large);
  await writeTree(directory, { "l/f": LARGE.replaceAll("0", "x") });
  const { compressed, record } = await pack(
    packer,
    withFragment(storePaths([large], [large]), alone),
    join(directory, "1"),
  );
  expect(compressed).toEqual(await readFile(alone.file));
  expect(record.size).toBe(compressed.length);
});

describe("a fragment that is not what it was is made anew", () => {
  test.for<[string, (file: string) => Promise<unknown>]>([
    ["gone", (file) => rm(file)],
    ["cut", (file) => truncate(file, 1000)],
    ["other bytes", async (file) => writeFile(file, (await readFile(file)).fill(0, 200, 300))],
  ])("%s", async ([, damage], { directory, packer }) => {
    const { first, large } = await writePaths(directory);
    const alone = await packAlone(packer, directory, large);
    const content = storePaths([first, large], [large]);
    const compressed = await pack(packer, content, join(directory, "1"));
    await damage(alone.file);
    expect(await pack(packer, withFragment(content, alone), join(directory, "2"))).toEqual(compressed);
  });
});
