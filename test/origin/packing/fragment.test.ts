import { createHash } from "node:crypto";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, gunzipSync } from "node:zlib";
import { describe, expect } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import type { Fragment } from "../../../origin/packing/fragment.ts";
import type { LayerContent } from "../../../origin/packing/layer-content.ts";
import type { Packer } from "../../../origin/packing/packer.ts";
import { writeTree } from "../fixtures.ts";
import { MIB, pack, storePaths, test } from "./packing.ts";

const LARGE = "0123456789".repeat(2.5 * MIB * 0.1);

/** Three store paths. The large one stands apart. */
async function writePaths(directory: string) {
  await writeTree(directory, { "a/f": "first", "l/f": LARGE, "l/g": { link: "f" }, "z/f": "last" });
  return { first: join(directory, "a"), large: join(directory, "l"), last: join(directory, "z") };
}

const sha256 = (bytes: Uint8Array) => sha256Digest(createHash("sha256").update(bytes).digest("hex"));

/** Packs like `pack`, and checks digests, sizes and fragments against the bytes. */
async function packSoundly(packer: Packer, content: LayerContent, file: string) {
  const { record, fragments, tar, compressed } = await pack(packer, content, file);
  expect(record).toEqual({ digest: sha256(compressed), diffId: sha256(tar), size: compressed.length });
  return { record, fragments };
}

/** The large path's fragment, from a layer with only this path. */
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

test("the compressed form of a path apart is the same in every layer, and has whole members", async ({
  directory,
  packer,
}) => {
  const { first, large, last } = await writePaths(directory);
  const alone = await packAlone(packer, directory, large);
  const { fragments, compressed } = await pack(packer, storePaths([first, large, last], [large]), join(directory, "1"));
  const [{ offset, ...same } = { ...alone, path: "" }] = fragments;
  const { size, checksum, tarHash } = alone;
  expect(same).toEqual({ path: large, size, checksum, tarHash });
  const bytes = compressed.subarray(offset, offset + size);
  const aloneBytes = (await readFile(alone.file)).subarray(alone.offset, alone.offset + alone.size);
  expect(sha256(bytes)).toBe(sha256(aloneBytes));
  expect(gunzipSync(bytes).includes(LARGE)).toBe(true);
});

describe("a known fragment does not change the layer", () => {
  for (const names of [["large"], ["first", "large"], ["large", "last"], ["first", "large", "last"]] as const) {
    test(names.join(" "), async ({ directory, packer }) => {
      const paths = await writePaths(directory);
      const alone = await packAlone(packer, directory, paths.large);
      const content = storePaths(
        names.map((name) => paths[name]),
        [paths.large],
      );
      const compressed = await packSoundly(packer, content, join(directory, "1"));
      expect(await packSoundly(packer, withFragment(content, alone), join(directory, "2"))).toEqual(compressed);
    });
  }
});

test("a known fragment is copied, not compressed again", async ({ directory, packer }) => {
  const { large } = await writePaths(directory);
  const { tarHash } = await packAlone(packer, directory, large);
  const bytes = Buffer.from("nobody looks into it");
  const file = join(directory, "made-up");
  await writeFile(file, bytes);
  const fragment = { file, offset: 0, size: bytes.length, checksum: crc32(bytes), tarHash };
  const layer = await packer.pack(
    withFragment(storePaths([large], [large]), fragment),
    join(directory, "1"),
    AbortSignal.timeout(60_000),
  );
  expect((await readFile(join(directory, "1"))).includes(bytes)).toBe(true);
  expect(layer.fragments).toMatchObject([{ size: bytes.length, tarHash }]);
});

describe("if a store path has other bytes than its fragment, it is compressed again", () => {
  for (const [what, content] of [
    ["of the same size", LARGE.replaceAll("0", "x")],
    ["shorter", LARGE.slice(1)],
    ["longer, by a slab", LARGE.repeat(2)],
    ["small now", "0"],
  ] as const) {
    for (const names of [["large"], ["first", "large"], ["large", "last"], ["first", "large", "last"]] as const) {
      test(`${what}: ${names.join(" ")}`, async ({ directory, packer }) => {
        const paths = await writePaths(directory);
        const before = await packAlone(packer, directory, paths.large);
        await writeTree(directory, { "l/f": content });
        const layer = storePaths(
          names.map((name) => paths[name]),
          [paths.large],
        );
        const compressed = await packSoundly(packer, layer, join(directory, "1"));
        const packed = await packSoundly(packer, withFragment(layer, before), join(directory, "2"));
        expect(packed).toEqual(compressed);
        expect(packed.fragments[0]?.tarHash).not.toBe(before.tarHash);
      });
    }
  }

  test("beside another path whose bytes are the same", async ({ directory, packer }) => {
    const { large } = await writePaths(directory);
    await writeTree(directory, { "m/f": LARGE.repeat(2), n: "last" });
    const other = join(directory, "m");
    const content = storePaths([large, other, join(directory, "n")], [large, other]);
    const before = await pack(packer, content, join(directory, "before"));
    await writeTree(directory, { "l/g2": "" });
    const compressed = await packSoundly(packer, content, join(directory, "1"));
    const fragments = before.fragments.map((fragment) => ({ ...fragment, file: join(directory, "before") }));
    if (content.kind !== "store-paths") throw new Error("these are store paths");
    const paths = content.paths.map((path, index) => ({ ...path, fragment: fragments[index] }));
    expect(await packSoundly(packer, { ...content, paths }, join(directory, "2"))).toEqual(compressed);
  });
});

describe("a damaged fragment is not used, and the path is compressed again", () => {
  test.for<[string, (file: string) => Promise<unknown>]>([
    ["gone", (file) => rm(file)],
    ["cut", (file) => truncate(file, 1000)],
    ["other bytes", async (file) => writeFile(file, (await readFile(file)).fill(0, 200, 300))],
  ])("%s", async ([, damage], { directory, packer }) => {
    const { first, large } = await writePaths(directory);
    const alone = await packAlone(packer, directory, large);
    const content = storePaths([first, large], [large]);
    const compressed = await packSoundly(packer, content, join(directory, "1"));
    await damage(alone.file);
    expect(await packSoundly(packer, withFragment(content, alone), join(directory, "2"))).toEqual(compressed);
  });
});
