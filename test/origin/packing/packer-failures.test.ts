import { readdir, readlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createPacker } from "../../../origin/packing/packer.ts";
import { containing } from "../../matchers.ts";
import { rejection, until, writeTree } from "../fixtures.ts";
import { MIB, NEVER, pack, storePaths, test } from "./packing.ts";
import { bytesEntry, fileEntry, SMALL_TREE } from "../../image/tar/entries.ts";

/** The open files below a directory, of all threads of this process. */
async function openFiles(directory: string): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return targets.filter((target) => target.startsWith(directory));
}

async function writeSparse(path: string, size: number): Promise<string> {
  await writeFile(path, "");
  await truncate(path, size);
  return path;
}

describe("a file that has changed since it was listed ends the packing", () => {
  for (const size of [1000, 3 * MIB]) {
    test(`gone, of ${size} bytes`, async ({ directory, packer }) => {
      const path = join(directory, "gone");
      const error = await rejection(pack(packer, [fileEntry("f", path, size)], join(directory, "layer")));
      expect(error).toMatchObject({ name: "PackingError", code: "ENOENT", message: containing(path) });
      expect(await openFiles(directory)).toEqual([]);
    });

    test.for([
      [-500, "shorter"],
      [500, "longer"],
    ] as const)(`of ${size} bytes, now of %i more`, async ([change, comparison], { directory, packer }) => {
      const path = await writeSparse(join(directory, "file"), size + change);
      const entries = [fileEntry("f", path, size), bytesEntry("g", "next")];
      const error = await rejection(pack(packer, entries, join(directory, "layer")));
      expect(error).toMatchObject({ message: `${path} is ${comparison} than its listed size of ${size} bytes` });
      expect([await openFiles(directory), await readdir(directory)]).toEqual([[], ["file"]]);
    });
  }
});

test("a file that cannot be read ends the packing", async ({ directory, packer }) => {
  const error = await rejection(pack(packer, [fileEntry("f", "/proc/self/mem", 1000)], join(directory, "layer")));
  expect(error).toMatchObject({ name: "PackingError", code: "EIO" });
});

test("a store path that is gone ends the packing", async ({ directory, packer }) => {
  const content = storePaths([join(directory, "gone")]);
  const error = await rejection(pack(packer, content, join(directory, "layer")));
  expect(error).toMatchObject({ code: "ENOENT", message: containing("gone") });
});

describe("a layer that cannot be written ends the packing", () => {
  test("if there is no folder for it", async ({ directory, packer }) => {
    const error = await rejection(pack(packer, SMALL_TREE, join(directory, "none/layer")));
    expect(error).toMatchObject({ code: "ENOENT" });
  });

  test("if the file exists already", async ({ directory, packer }) => {
    await writeTree(directory, { layer: "" });
    expect(await rejection(pack(packer, SMALL_TREE, join(directory, "layer")))).toMatchObject({ code: "EEXIST" });
    expect(await readdir(directory)).toEqual(["layer"]);
  });
});

test("one layer that fails leaves the others alone", async ({ directory, packer }) => {
  await writeTree(directory, { "good/f": "x".repeat(3 * MIB) });
  const runs = await Promise.allSettled(
    ["good", "gone", "good", "gone", "good"].map((name, index) =>
      packer.pack(storePaths([join(directory, name)]), join(directory, `layer-${index}`), NEVER),
    ),
  );
  expect(runs.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"]);
});

describe("an abort", () => {
  test("before the start rejects", async ({ directory, packer }) => {
    const signal = AbortSignal.abort(new Error("enough"));
    const content = { kind: "entries", entries: SMALL_TREE } as const;
    expect(await rejection(packer.pack(content, join(directory, "layer"), signal))).toMatchObject({
      message: "enough",
    });
    expect(await readdir(directory)).toEqual([]);
  });

  test("during the packing rejects at once, and leaves no file and no open file", async ({ directory, packer }) => {
    const path = await writeSparse(join(directory, "file"), 2000 * MIB);
    const stop = new AbortController();
    const content = { kind: "entries", entries: [fileEntry("f", path, 2000 * MIB)] } as const;
    const run = rejection(packer.pack(content, join(directory, "layer"), stop.signal));
    await until(async () => (await readdir(directory)).includes("layer"));
    stop.abort(new Error("enough"));
    expect(await run).toMatchObject({ message: "enough" });
    await until(async () => (await openFiles(directory)).length === 0);
    expect(await readdir(directory)).toEqual(["file"]);
  });

  test("does not disturb other layers", async ({ directory, packer }) => {
    const path = await writeSparse(join(directory, "file"), 200 * MIB);
    const content = { kind: "entries", entries: [fileEntry("f", path, 200 * MIB)] } as const;
    const stop = new AbortController();
    const stopped = rejection(packer.pack(content, join(directory, "1"), stop.signal));
    const waiting = rejection(packer.pack(content, join(directory, "2"), stop.signal));
    const small = pack(packer, SMALL_TREE, join(directory, "3"));
    stop.abort(new Error("enough"));
    expect([await stopped, await waiting]).toMatchObject([{ message: "enough" }, { message: "enough" }]);
    expect((await small).record.size).toBeGreaterThan(0);
    expect((await readdir(directory)).toSorted()).toEqual(["3", "file"]);
  });
});

test("layers that are being packed fail when the packer is closed", async ({ directory }) => {
  const packer = createPacker({ compressors: 1, compression: "gzip" });
  const path = await writeSparse(join(directory, "file"), 2000 * MIB);
  const content = { kind: "entries", entries: [fileEntry("f", path, 2000 * MIB)] } as const;
  const run = rejection(packer.pack(content, join(directory, "layer"), NEVER));
  await until(async () => (await readdir(directory)).includes("layer"));
  await packer.close();
  expect(await run).toMatchObject({ message: "the packing thread has ended" });
});
