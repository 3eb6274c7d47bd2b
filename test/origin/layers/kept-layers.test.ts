import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect } from "vitest";
import { FORMAT_VERSION } from "../../../image/layers/format-version.ts";
import { type KeptBlob, openKeptLayers } from "../../../origin/layers/kept-layers.ts";
import type { LayerWithFragments } from "../../../origin/packing/messages.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { test } from "../fixtures.ts";

const SIZE = 100;
const FORMAT = `gzip-${FORMAT_VERSION}`;
const digest = (name: string) => sha256Digest(name.repeat(64));

function layer(name: string, paths: readonly string[], size = SIZE): LayerWithFragments {
  const fragments = paths.map((path, index) => ({
    path,
    offset: 10 * index,
    size: 10,
    checksum: index,
    tarHash: path,
  }));
  return { digest: digest(name), diffId: digest("f"), size, fragments };
}

async function setUp(directory: string, maxBytes = 3 * SIZE) {
  const folder = join(directory, "kept");
  const open = () => openKeptLayers({ directory: folder, compression: "gzip", maxBytes });
  const kept = await open();
  const keep = async (name: string, paths: readonly string[], size = SIZE) => {
    const spooled = join(directory, `spooled-${name}`);
    await writeFile(spooled, name.repeat(size));
    await kept.keep(spooled, layer(name, paths, size));
    await rm(spooled);
  };
  return { folder: join(folder, FORMAT), open, kept, keep };
}

test("the fragment of a path is a part of the layer that has the path", async ({ directory }) => {
  const { folder, kept, keep } = await setUp(directory);
  await keep("a", ["/nix/store/1", "/nix/store/2"]);
  const file = join(folder, "a".repeat(64));
  expect(kept.find("/nix/store/2")).toEqual({ file, offset: 10, size: 10, checksum: 1, tarHash: "/nix/store/2" });
  expect(await readFile(file, "utf8")).toBe("a".repeat(SIZE));
  expect(kept.find("/nix/store/3")).toBeUndefined();
});

test("a layer that is larger than the limit is not kept", async ({ directory }) => {
  const { folder, keep } = await setUp(directory);
  await keep("a", ["/nix/store/1"], 3 * SIZE + 1);
  expect(await readdir(folder)).toEqual([]);
});

describe("a whole layer", () => {
  const read = async (blob: KeptBlob | undefined) => blob && { size: blob.size, text: await text(blob.body) };

  test("can be opened while it is kept, with fragments or without", async ({ directory }) => {
    const { kept, keep } = await setUp(directory, 2 * SIZE);
    await keep("a", []);
    await keep("b", ["/nix/store/1"]);
    for (const name of ["a", "b"]) {
      expect(await read(await kept.open(digest(name)))).toEqual({ size: SIZE, text: name.repeat(SIZE) });
    }
    await keep("c", []);
    expect(await kept.open(digest("a"))).toBeUndefined();
    expect(await kept.open(digest("d"))).toBeUndefined();
  });

  test("counts as used when it is opened", async ({ directory }) => {
    const { kept, keep } = await setUp(directory, 2 * SIZE);
    await keep("a", []);
    await keep("b", []);
    await read(await kept.open(digest("a")));
    await keep("c", []);
    expect(await kept.open(digest("b"))).toBeUndefined();
    expect(await read(await kept.open(digest("a")))).toMatchObject({ size: SIZE });
  });

  test("stays readable after it is opened, whatever happens to the file", async ({ directory }) => {
    const { kept, keep } = await setUp(directory, SIZE);
    await keep("a", []);
    const opened = await kept.open(digest("a"));
    await keep("b", []);
    expect(await read(opened)).toEqual({ size: SIZE, text: "a".repeat(SIZE) });
  });

  test("is undefined if another process has removed the file", async ({ directory }) => {
    const { folder, kept, keep } = await setUp(directory);
    await keep("a", []);
    await rm(join(folder, "a".repeat(64)));
    expect(await kept.open(digest("a"))).toBeUndefined();
  });
});

test("the least recently used layers go first", async ({ directory }) => {
  const { folder, kept, keep } = await setUp(directory);
  for (const name of ["a", "b", "c"]) await keep(name, [name]);
  kept.find("a");
  await keep("d", ["d"]);
  expect(["a", "b", "c", "d"].map((path) => kept.find(path) !== undefined)).toEqual([true, false, true, true]);
  expect(await readdir(folder)).toHaveLength(6);
});

test("a path that two layers have stays when one of them goes", async ({ directory }) => {
  const { kept, keep } = await setUp(directory, 2 * SIZE);
  await keep("a", ["/nix/store/1"]);
  await keep("b", ["/nix/store/1"]);
  await keep("c", ["/nix/store/2"]);
  expect(kept.find("/nix/store/1")?.file).toMatch(/b{64}$/);
});

describe("the next process", () => {
  test("finds the kept layers, and removes the oldest", async ({ directory }) => {
    const { keep, open } = await setUp(directory, 2 * SIZE);
    await keep("a", ["a"]);
    await keep("b", ["b"]);
    const next = await open();
    expect([next.find("a"), next.find("b")]).toMatchObject([{ offset: 0 }, { offset: 0 }]);
  });

  test.for<[string, (file: string) => Promise<unknown>]>([
    ["without a record", (file) => rm(`${file}.json`)],
    ["whose record is damaged", (file) => writeFile(`${file}.json`, '{"size":100,"fragments":[{}]}')],
    ["that was cut", (file) => truncate(file, 10)],
  ])("removes a layer %s", async ([, damage], { directory }) => {
    const { folder, keep, open } = await setUp(directory);
    await keep("a", ["a"]);
    await damage(join(folder, "a".repeat(64)));
    expect((await open()).find("a")).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  test("removes the files that a killed process has left", async ({ directory }) => {
    const { folder, keep, open } = await setUp(directory);
    await keep("a", ["a"]);
    await keep("b", ["b"]);
    await rm(join(folder, "b".repeat(64)));
    for (const name of [`${"c".repeat(64)}.json`, `${"d".repeat(64)}.4711`, "e".repeat(64)]) {
      await writeFile(join(folder, name), "{}");
    }
    expect((await open()).find("a")).toBeDefined();
    expect((await readdir(folder)).toSorted()).toEqual(["a".repeat(64), `${"a".repeat(64)}.json`]);
  });

  test("removes the layers of another format", async ({ directory }) => {
    const { folder, open } = await setUp(directory);
    await mkdir(join(folder, "../gzip-1"), { recursive: true });
    await writeFile(join(folder, "../gzip-1/a"), "");
    await open();
    expect(await readdir(join(folder, ".."))).toEqual([FORMAT]);
  });
});

describe("if a layer cannot be kept, the build goes on, and no file is left", () => {
  test("when its file is gone", async ({ directory }) => {
    const { folder, kept } = await setUp(directory);
    await kept.keep(join(directory, "gone"), layer("a", ["a"]));
    expect([kept.find("a"), await readdir(folder)]).toEqual([undefined, []]);
  });

  test("when its record cannot be written", async ({ directory }) => {
    const { folder, kept, keep } = await setUp(directory);
    await mkdir(join(folder, `${"a".repeat(64)}.${process.pid}`));
    await keep("a", ["a"]);
    expect([kept.find("a"), await readdir(folder)]).toEqual([undefined, []]);
  });

  test("when the folder is a file", async ({ directory }) => {
    const { folder, kept, keep } = await setUp(directory);
    await rm(folder, { recursive: true });
    await writeFile(folder, "");
    await keep("a", ["a"]);
    expect(kept.find("a")).toBeUndefined();
  });
});

test("a folder that was removed is made again", async ({ directory }) => {
  const { folder, kept, keep } = await setUp(directory);
  await rm(folder, { recursive: true });
  await keep("a", ["a"]);
  expect(kept.find("a")).toBeDefined();
  expect(await readdir(folder)).toHaveLength(2);
});

test("a layer that is kept again counts once", async ({ directory }) => {
  const { kept, keep } = await setUp(directory, 2 * SIZE);
  await keep("a", ["a"]);
  await keep("a", ["a"]);
  await keep("b", ["b"]);
  expect(["a", "b"].map((path) => kept.find(path) !== undefined)).toEqual([true, true]);
});

test("all layers can be removed at once", async ({ directory }) => {
  const { folder, kept, keep } = await setUp(directory);
  await keep("a", ["a"]);
  await keep("b", ["b"]);
  await kept.clear();
  expect([kept.find("a"), kept.find("b"), await readdir(folder)]).toEqual([undefined, undefined, []]);
});

test("if one process removes a layer, another one that shares the folder can keep it again", async ({ directory }) => {
  const { folder, kept, open, keep } = await setUp(directory);
  await keep("a", ["a"]);
  await (await open()).clear();
  expect(await readdir(folder)).toEqual([]);
  await keep("a", ["a"]);
  expect(await readFile(kept.find("a")?.file ?? "", "utf8")).toBe("a".repeat(SIZE));
});
