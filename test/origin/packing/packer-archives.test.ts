import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { decodeTree } from "../../../image/trees/tree-record.ts";
import { treeOf } from "../../../image/trees/tree-of.ts";
import type { LayerPath } from "../../../origin/packing/layer-content.ts";
import { PackingError, type Packer } from "../../../origin/packing/packer.ts";
import { diskTreeEntries } from "../../../origin/root/disk-tree-entries.ts";
import { rejection } from "../fixtures.ts";
import { file, folder, link, program, type Tree } from "../nars/nar-bytes.ts";
import { archivePath, servedLate } from "./archived-paths.ts";
import { MIB, NEVER, test } from "./packing.ts";

const LARGE = Buffer.alloc(3 * MIB, "large ");
const SMALL: Tree = folder({ bin: folder({ x: program("x") }), lib: link("bin") });
const TREE: Tree = folder({
  bin: folder({ tool: program(LARGE), twin: program(LARGE) }),
  empty: folder({}),
  "file.txt": file("text"),
  lib: folder({ a: file("a".repeat(5000)), b: file("a".repeat(5000)) }),
  link: link("bin/tool"),
});

interface Listened {
  readonly records: Map<string, Uint8Array | undefined>;
  fetched: number;
}

async function packAll(packer: Packer, paths: readonly LayerPath[], name: string) {
  const listened: Listened = { records: new Map(), fetched: 0 };
  const layer = await packer.pack({ kind: "store-paths", paths }, name, NEVER, {
    onPath: (path, record) => listened.records.set(path, record),
    onFetched: (count) => (listened.fetched += count),
  });
  return { layer, ...listened };
}

describe("a layer of archives", () => {
  test.for(["none", "gzip", "zstd"] as const)(
    "has the bytes of a layer from the disk: %s",
    async (compression, { directory, packer }) => {
      const trees = { a: SMALL, b: TREE, c: file("c"), d: SMALL };
      const paths = await Promise.all(
        Object.entries(trees).map(([name, tree]) => archivePath(directory, name, tree, compression)),
      );
      const expected = await packAll(
        packer,
        paths.map(({ onDisk }) => onDisk),
        join(directory, "disk"),
      );
      const { layer } = await packAll(
        packer,
        paths.map(({ archived }) => archived),
        join(directory, "archives"),
      );
      expect(layer).toEqual(expected.layer);
      expect(await readFile(join(directory, "archives"))).toEqual(await readFile(join(directory, "disk")));
      expect(await readdir(join(directory, "spool"))).toEqual([]);
    },
  );

  test("may have paths of the disk, too", async ({ directory, packer }) => {
    const [a, b] = [await archivePath(directory, "a", SMALL), await archivePath(directory, "b", TREE)];
    const expected = await packAll(packer, [a.onDisk, b.onDisk], join(directory, "disk"));
    expect((await packAll(packer, [a.onDisk, b.archived], join(directory, "one"))).layer).toEqual(expected.layer);
    expect((await packAll(packer, [a.archived, b.onDisk], join(directory, "other"))).layer).toEqual(expected.layer);
  });

  test("tells the trees of its paths, and the bytes that arrive", async ({ directory, packer }) => {
    const { archived, onDisk, file: archive } = await archivePath(directory, "b", TREE);
    const { records, fetched } = await packAll(packer, [archived], join(directory, "layer"));
    const record = records.get(onDisk.path);
    expect(record && (await decodeTree(record))).toEqual(treeOf(diskTreeEntries(onDisk.path)));
    expect(fetched).toBe((await readFile(archive)).length);
  });

  test("does not hold up other layers while its archive is late", async ({ directory, packer, onTestFinished }) => {
    const path = await archivePath(directory, "late", TREE);
    const late = await servedLate(path, await readFile(path.file), 300, onTestFinished);
    const order: string[] = [];
    const waiting = packAll(packer, [late], join(directory, "late")).then(() => order.push("late"));
    const other = packAll(packer, [path.onDisk], join(directory, "other")).then(() => order.push("other"));
    await Promise.all([waiting, other]);
    expect(order).toEqual(["other", "late"]);
  });

  test("may have more archives than are open at a time", async ({ directory, packer }) => {
    const names = Array.from({ length: 120 }, (_, index) => `path-${index}`);
    const paths = await Promise.all(
      names.map((name) => archivePath(directory, name, folder({ f: file(name.repeat(50)) }))),
    );
    const half = paths.length / 2;
    const packed = await Promise.all(
      [paths.slice(0, half), paths.slice(half)].map((some, index) =>
        packAll(
          packer,
          some.map(({ archived }) => archived),
          join(directory, String(index)),
        ),
      ),
    );
    const expected = await packAll(
      packer,
      paths.slice(half).map(({ onDisk }) => onDisk),
      join(directory, "disk"),
    );
    expect(packed[1]?.layer).toEqual(expected.layer);
  });
});

describe("a layer fails with the cache and the path, and leaves no file", () => {
  const flip = (bytes: Buffer, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1);
  test.for<[string, (archive: Buffer) => Uint8Array, string]>([
    ["a flipped byte", (bytes) => flip(bytes, bytes.length - 100), " gives a damaged archive of "],
    ["a truncated archive", (bytes) => bytes.subarray(0, -50), ": the binary cache file:///cache "],
    ["a longer archive", (bytes) => Buffer.concat([bytes, Buffer.alloc(8)]), ": the binary cache file:///cache "],
  ])("%s", async ([, damage, words], { directory, packer }) => {
    const { archived, onDisk, file: archive } = await archivePath(directory, "b", TREE, "none");
    await writeFile(archive, damage(await readFile(archive)));
    const error = await rejection(packAll(packer, [archived], join(directory, "layer")));
    expect(error).toBeInstanceOf(PackingError);
    expect(error).toMatchObject({ archive: { path: onDisk.path, cache: "file:///cache" } });
    expect(String(error)).toContain(words);
    expect(await readdir(directory)).not.toContain("layer");
  });

  test("a package that no layer can hold is the package's fault", async ({ directory, packer }) => {
    const { archived } = await archivePath(directory, "b", folder({ ".wh.x": file("") }));
    const error = await rejection(packAll(packer, [archived], join(directory, "layer")));
    expect(error).toMatchObject({ isPackageFault: true, archive: undefined });
  });
});

test("a cancelled layer closes its archives, and leaves no file", async ({ directory, packer, onTestFinished }) => {
  const path = await archivePath(directory, "late", TREE);
  const late = await servedLate(path, await readFile(path.file), 60_000, onTestFinished);
  const stop = new AbortController();
  const packing = packer.pack({ kind: "store-paths", paths: [late] }, join(directory, "layer"), stop.signal);
  setTimeout(() => stop.abort(new Error("stopped")), 100);
  expect(await rejection(packing)).toMatchObject({ message: "stopped" });
  // Another layer can be packed.
  await packAll(packer, [path.archived], join(directory, "other"));
});
