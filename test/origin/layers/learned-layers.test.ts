import { appendFile, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import type { LayerList } from "../../../image/layers/layer-list.ts";
import { createLearnedLayers } from "../../../origin/layers/learned-layers.ts";
import { test } from "../fixtures.ts";

const DIGEST = sha256Digest("1".repeat(64));

function listOf(...hashes: readonly string[]): LayerList {
  return {
    store: "s",
    layers: hashes.map((hash) => ({ hash, digest: DIGEST, diffId: DIGEST, size: 1, seenAt: 2 })),
  };
}

test("a file that is missing is empty", async ({ directory }) => {
  expect(await createLearnedLayers(join(directory, "file")).read()).toEqual([]);
});

test("lists come back in their order, also those of another process", async ({ directory }) => {
  const file = join(directory, "file");
  await createLearnedLayers(file).add(listOf("1", "2"));
  await createLearnedLayers(file).add(listOf("3"));
  expect(await createLearnedLayers(file).read()).toEqual([listOf("1", "2"), listOf("3")]);
});

test("a process that was killed in the middle of a line harms no other line", async ({ directory }) => {
  const file = join(directory, "file");
  const learned = createLearnedLayers(file);
  await learned.add(listOf("1"));
  await appendFile(file, '{"version":1,"store":"s","lay');
  await learned.add(listOf("2"));
  await appendFile(file, "\0\0\0\n");
  expect(await learned.read()).toEqual([listOf("1"), listOf("2")]);
});

test("the older half of a large file goes, and nothing else is left", async ({ directory }) => {
  const file = join(directory, "file");
  const learned = createLearnedLayers(file, 1000);
  for (const hash of ["1", "2", "3", "4", "5", "6"]) await learned.add(listOf(hash));
  expect(await learned.read()).toEqual([listOf("4"), listOf("5"), listOf("6")]);
  expect((await stat(file)).size).toBeLessThan(1000);
  expect(await readdir(directory)).toEqual(["file"]);
});

test("a file that cannot be used is empty, and harms no build", async ({ directory }) => {
  const file = join(directory, "folder");
  await mkdir(file);
  const learned = createLearnedLayers(file);
  await learned.add(listOf("1"));
  expect(await learned.read()).toEqual([]);
});
