import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { findKeptFile, keptFolder } from "../../../origin/layers/kept-file.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { test } from "../fixtures.ts";

const HEX = "a".repeat(64);
const DIGEST = sha256Digest(HEX);

test("a kept layer is found in the folder of any format", async ({ directory }) => {
  await mkdir(join(directory, "gzip-8"));
  await mkdir(join(directory, "zstd-8"));
  const path = join(directory, "zstd-8", HEX);
  await writeFile(path, "layer");
  expect(await findKeptFile(directory, DIGEST)).toEqual({ path, size: 5 });
});

test("a layer is not kept without the folder, in another file, or as a folder", async ({ directory }) => {
  expect(await findKeptFile(keptFolder(join(directory, "spool")), DIGEST)).toBeUndefined();
  await writeFile(join(directory, "file"), "");
  await mkdir(join(directory, "gzip-8", HEX), { recursive: true });
  expect(await findKeptFile(directory, DIGEST)).toBeUndefined();
});
