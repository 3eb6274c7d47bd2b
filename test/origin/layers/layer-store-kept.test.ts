import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { openKeptLayers } from "../../../origin/layers/kept-layers.ts";
import { createLayerStore, type LayerSource } from "../../../origin/layers/layer-store.ts";
import type { LayerContent } from "../../../origin/packing/layer-content.ts";
import { type Packer, PackingError } from "../../../origin/packing/packer.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { anything } from "../../matchers.ts";
import { rejection, writeTree } from "../fixtures.ts";
import { MIB, NEVER, storePaths, test } from "../packing/packing.ts";
import { bytesEntry } from "../../image/tar/entries.ts";

/**
 * A layer store that keeps layers, and two store paths. The large one stands apart. One layer has only it, one has
 * both.
 */
async function setUp(directory: string, packer: Packer) {
  const spool = join(directory, "spool");
  await mkdir(spool);
  const [small, large] = [join(directory, "a"), join(directory, "b")];
  await writeTree(directory, { "a/f": "small", "b/f": "x".repeat(MIB) });
  const store = createDiskStore(join(directory, "objects"));
  const kept = await openKeptLayers({ directory: `${spool}-kept`, compression: "gzip", maxBytes: MIB });
  const blobs = createBlobPresence(store, Date.now);
  const image = createLayerStore({ store, blobs, packer, kept, spoolDirectory: spool }).forImage();
  const layers = { ensure: (source: LayerSource, signal: AbortSignal) => image.ensure(source, signal).stored };
  const alone = { hash: "alone", content: storePaths([large], [large]) };
  const both = { hash: "both", content: storePaths([small, large], [large]) };
  return { layers, kept, spool, large, alone, both };
}

test("a path apart that moves to another layer is copied from the kept layer", async ({ directory, packer }) => {
  const contents: LayerContent[] = [];
  const watched: Packer = {
    ...packer,
    pack(content, ...rest) {
      contents.push(content);
      return packer.pack(content, ...rest);
    },
  };
  const { layers, kept, large, alone, both } = await setUp(directory, watched);
  await layers.ensure(alone, NEVER);
  const fragment = kept.find(large);
  await layers.ensure(both, NEVER);
  const fragments = contents.map((content) => content.kind === "store-paths" && content.paths.at(-1)?.fragment);
  expect(fragments).toEqual([undefined, fragment]);
  expect(fragment).toBeDefined();
});

test("a path that was built again with other bytes is compressed again", async ({ directory, packer }) => {
  const { layers, alone, both } = await setUp(directory, packer);
  await layers.ensure(alone, NEVER);
  await writeTree(directory, { "b/f": "y".repeat(MIB) });
  const { digest, diffId, size } = await packer.pack(both.content, join(directory, "expected"), NEVER);
  expect(await layers.ensure(both, NEVER)).toEqual({ digest, diffId, size, work: anything() });
});

describe("if the disk is full", () => {
  /** A disk that has room only while no layer is kept. */
  async function setUpFullDisk(directory: string, packer: Packer) {
    const disk = { isFull: () => false };
    const full: Packer = {
      ...packer,
      async pack(...args) {
        const layer = await packer.pack(...args);
        if (disk.isFull()) throw new PackingError({ message: "no space left on device", code: "ENOSPC" });
        return layer;
      },
    };
    const { layers, kept, spool, large, alone } = await setUp(directory, full);
    await layers.ensure(alone, NEVER);
    disk.isFull = () => kept.find(large) !== undefined;
    return { layers, spool, disk };
  }

  const other = (hash: string): LayerSource => ({
    hash,
    content: { kind: "entries", entries: [bytesEntry("f", hash)] },
  });

  test("kept layers go first", async ({ directory, packer }) => {
    const { layers, spool, disk } = await setUpFullDisk(directory, packer);
    expect(disk.isFull()).toBe(true);
    const packed = await Promise.all(["1", "2"].map((hash) => layers.ensure(other(hash), NEVER)));
    expect(packed).toMatchObject([{ work: anything() }, { work: anything() }]);
    expect(await readdir(spool)).toEqual([]);
  });

  test("for other reasons, the build fails", async ({ directory, packer }) => {
    const { layers, spool, disk } = await setUpFullDisk(directory, packer);
    disk.isFull = () => true;
    expect(await rejection(layers.ensure(other("1"), NEVER))).toMatchObject({ code: "ENOSPC" });
    expect(await readdir(spool)).toEqual([]);
  });
});
