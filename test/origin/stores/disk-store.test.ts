import { mkdtemp, readdir } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { rejection, test } from "../fixtures.ts";
import { describeObjectStore } from "./object-store-contract.ts";

const directories: string[] = [];
afterAll(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

describeObjectStore("the disk store", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cornice-disk-store-"));
  directories.push(directory);
  return createDiskStore(directory);
});

test("an object is a file whose path is its key", async ({ directory }) => {
  const store = createDiskStore(directory);
  await store.put("blobs/sha256/00", { kind: "bytes", bytes: Buffer.from("abc") }, { contentType: "text/plain" });
  expect(await readdir(directory, { recursive: true })).toEqual(["blobs", "blobs/sha256", "blobs/sha256/00"]);
});

test("a put that fails leaves no part behind", async ({ directory }) => {
  const store = createDiskStore(directory);
  const gone = { kind: "file", path: join(directory, "gone"), size: 1 } as const;
  await rejection(store.put("key", gone, { contentType: "text/plain" }));
  expect(await readdir(directory)).toEqual([]);
});
