import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { blobKey, LAYER_LIST_KEY } from "../../../protocol/storage-keys.ts";
import { createLayerStore, type ImageLayerStore, type LayerSource } from "../../../origin/layers/layer-store.ts";
import type { LayerWithWork } from "../../../origin/layers/pack-layer.ts";
import type { Packer } from "../../../origin/packing/packer.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import { anyOf, anything } from "../../matchers.ts";
import { rejection, until } from "../fixtures.ts";
import { NEVER, storePaths, test } from "../packing/packing.ts";
import { bytesEntry } from "../../image/tar/entries.ts";

/** A packer that counts its layers. A test can make it wait before it packs. */
function createGatedPacker(packer: Packer) {
  const state = { packed: 0, underWay: 0, most: 0, gate: Promise.resolve() };
  const gated: Packer = {
    ...packer,
    async pack(...args) {
      state.packed += 1;
      state.most = Math.max(state.most, (state.underWay += 1));
      try {
        await state.gate;
        return await packer.pack(...args);
      } finally {
        state.underWay -= 1;
      }
    },
  };
  return { packer: gated, state };
}

/** The last step of each layer. */
function storing(image: ImageLayerStore) {
  return {
    list: () => image.list(),
    ensure: (layer: LayerSource, signal: AbortSignal) => image.ensure(layer, signal).stored,
  };
}

/** A layer store on real directories. The object store also records each put and each look-up. */
async function setUp(directory: string, realPacker: Packer, put?: ObjectStore["put"]) {
  const disk = createDiskStore(join(directory, "objects"));
  const puts: string[] = [];
  const asked: string[] = [];
  const told: LayerWithWork[] = [];
  const store: ObjectStore = {
    ...disk,
    open(key) {
      asked.push(key);
      return disk.open(key);
    },
    head(key) {
      asked.push(key);
      return disk.head(key);
    },
    async put(key, content, options) {
      await (put ? put(key, content, options) : disk.put(key, content, options));
      puts.push(key);
    },
  };
  const spool = join(directory, "spool");
  await mkdir(spool);
  const { packer, state } = createGatedPacker(realPacker);
  const blobs = createBlobPresence(store, Date.now);
  const onLayer = (layer: LayerWithWork) => told.push(layer);
  const layerStore = createLayerStore({ store, blobs, packer, spoolDirectory: spool, onLayer });
  const layers = storing(layerStore.forImage());
  return { layers, layerStore, store, puts, asked, told, spool, state };
}

function source(hash: string): LayerSource {
  return { hash, content: { kind: "entries", entries: [bytesEntry("f", hash)] } };
}

/** `h0`, `h1` and so on. */
function hashes(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `h${index}`);
}

const UNREADABLE: LayerSource = { hash: "h1", content: storePaths(["/gone"]) };

test("each layer that is packed or found is reported, once if several builds share it", async ({
  directory,
  packer,
}) => {
  const { layers, told } = await setUp(directory, packer);
  const [packed] = await Promise.all([layers.ensure(source("h1"), NEVER), layers.ensure(source("h1"), NEVER)]);
  const known = await layers.ensure(source("h1"), NEVER);
  await rejection(layers.ensure({ ...UNREADABLE, hash: "h2" }, NEVER));
  expect(told).toEqual([packed, known]);
  expect(told.map(({ work }) => work !== undefined)).toEqual([true, false]);
});

test("a new layer is packed, and the store has its blob", async ({ directory, packer }) => {
  const { layers, store } = await setUp(directory, packer);
  const { work, digest, size } = await layers.ensure(source("h1"), NEVER);
  expect(work).toEqual({ packMs: anyOf(Number), uploadMs: anyOf(Number) });
  expect(await store.head(blobKey(digest))).toEqual({ size });
});

test("a layer is packed before it is stored", async ({ directory, packer }) => {
  const { promise: gate, resolve: go } = Promise.withResolvers<void>();
  const { layerStore } = await setUp(directory, packer, () => gate);
  const { packed, stored } = layerStore.forImage().ensure(source("h1"), NEVER);
  const layer = await packed;
  go();
  expect(await stored).toEqual({ ...layer, work: anything() });
});

test("the layers of an image are listed after their blobs, in one write", async ({ directory, packer }) => {
  const { layers, puts } = await setUp(directory, packer);
  await Promise.all(hashes(3).map((hash) => layers.ensure(source(hash), NEVER)));
  await layers.list();
  expect([puts.length, puts.at(-1)]).toEqual([4, LAYER_LIST_KEY]);
});

test("a known layer is not packed again, and the store is not asked", async ({ directory, packer }) => {
  const { layers, puts, asked, state } = await setUp(directory, packer);
  const packed = await layers.ensure(source("h1"), NEVER);
  asked.length = 0;
  expect(await layers.ensure(source("h1"), NEVER)).toEqual({ ...packed, work: undefined });
  expect([state.packed, puts.length, asked]).toEqual([1, 1, []]);
});

describe("at the same time", () => {
  test("one layer is packed once, for all", async ({ directory, packer }) => {
    const { layers, puts, state } = await setUp(directory, packer);
    const ensured = await Promise.all([1, 2, 3].map(() => layers.ensure(source("h1"), NEVER)));
    expect(new Set(ensured.map(({ digest }) => digest)).size).toBe(1);
    expect([state.packed, puts.length]).toEqual([1, 1]);
  });

  test("one layer is uploaded while others are packed", async ({ directory, packer }) => {
    const { promise: othersPacked, resolve: othersArePacked } = Promise.withResolvers<void>();
    const uploads: string[] = [];
    const { layers, state } = await setUp(directory, packer, async (key) => {
      uploads.push(key);
      // The first upload ends when the other layers are packed. They must not wait for it.
      if (uploads.length === 1) await othersPacked;
    });
    const ensured = Promise.all(["h1", "h2", "h3", "h4"].map((hash) => layers.ensure(source(hash), NEVER)));
    await until(() => uploads.filter((key) => key.startsWith("blobs/")).length === 4);
    othersArePacked();
    await ensured;
    expect(state.packed).toBe(4);
  });

  test("eight layers of one image do not hold up another image's layers", async ({ directory, packer }) => {
    const { layers, layerStore, state } = await setUp(directory, packer);
    const { promise, resolve: go } = Promise.withResolvers<void>();
    state.gate = promise;
    const first = hashes(8).map((hash) => layers.ensure(source(hash), NEVER));
    await until(() => state.underWay === 8);
    for (const hash of ["h8", "h9", "h10", "h11"]) first.push(layers.ensure(source(hash), NEVER));
    const others = ["other", "h11"].map((hash) => storing(layerStore.forImage()).ensure(source(hash), NEVER));
    // Only the other image needs the first layer. The second one waits for a slot in both images.
    await until(() => state.underWay === 10);
    go();
    await Promise.all([...first, ...others]);
    expect(state.packed).toBe(13);
  });

  test("if the first image of a layer is stopped before its turn, the next image packs it", async ({
    directory,
    packer,
  }) => {
    const { layers, layerStore, state } = await setUp(directory, packer);
    const { promise, resolve: go } = Promise.withResolvers<void>();
    state.gate = promise;
    const stop = new AbortController();
    const first = hashes(8).map((hash) => rejection(layers.ensure(source(hash), stop.signal)));
    await until(() => state.underWay === 8);
    first.push(rejection(layers.ensure(source("h8"), stop.signal)));
    stop.abort(new Error("enough"));
    const other = storing(layerStore.forImage()).ensure(source("h8"), NEVER);
    await until(() => state.underWay === 9);
    go();
    expect(await other).toMatchObject({ work: anything() });
    expect(await Promise.all(first)).toMatchObject(hashes(9).map(() => ({ message: "enough" })));
  });

  test("the spool has at most eight layers of an image", async ({ directory, packer }) => {
    const { layers, state } = await setUp(directory, packer);
    await Promise.all(hashes(30).map((hash) => layers.ensure(source(hash), NEVER)));
    expect([state.packed, state.most]).toEqual([30, 8]);
  });
});

describe("a build that waits for another build's layer", () => {
  test("fails too if the layer cannot be packed", async ({ directory, packer }) => {
    const { layers } = await setUp(directory, packer);
    const runs = [1, 2].map(() => rejection(layers.ensure(UNREADABLE, NEVER)));
    expect(await Promise.all(runs)).toMatchObject([{ code: "ENOENT" }, { code: "ENOENT" }]);
  });

  test("packs the layer itself if the other build was stopped", async ({ directory, packer }) => {
    const { layers, state } = await setUp(directory, packer);
    const { promise, resolve: go } = Promise.withResolvers<void>();
    state.gate = promise;
    const stop = new AbortController();
    const first = rejection(layers.ensure(source("h1"), stop.signal));
    const second = layers.ensure(source("h1"), NEVER);
    await until(() => state.packed === 1);
    stop.abort(new Error("enough"));
    go();
    expect(await first).toMatchObject({ message: "enough" });
    expect(await second).toMatchObject({ work: anything() });
  });
});

test("after a failure, the next build tries again", async ({ directory, packer }) => {
  const { layers } = await setUp(directory, packer);
  await rejection(layers.ensure(UNREADABLE, NEVER));
  expect(await layers.ensure(source("h1"), NEVER)).toMatchObject({ work: anything() });
});

describe("the spool directory is empty", () => {
  test("after a success", async ({ directory, packer }) => {
    const { layers, spool } = await setUp(directory, packer);
    await layers.ensure(source("h1"), NEVER);
    expect(await readdir(spool)).toEqual([]);
  });

  test("after a failure", async ({ directory, packer }) => {
    const { layers, spool, puts } = await setUp(directory, packer);
    await rejection(layers.ensure(UNREADABLE, NEVER));
    expect([await readdir(spool), puts]).toEqual([[], []]);
  });

  test("after an upload that failed", async ({ directory, packer }) => {
    const put = () => Promise.reject(new Error("the bucket is full"));
    const { layers, spool } = await setUp(directory, packer, put);
    expect(await rejection(layers.ensure(source("h1"), NEVER))).toMatchObject({ message: "the bucket is full" });
    expect(await readdir(spool)).toEqual([]);
  });

  test("after an abort", async ({ directory, packer }) => {
    const { layers, spool, puts, state } = await setUp(directory, packer);
    const { promise, resolve: go } = Promise.withResolvers<void>();
    state.gate = promise;
    const stop = new AbortController();
    const aborted = rejection(layers.ensure(source("h1"), stop.signal));
    await until(() => state.packed === 1);
    stop.abort();
    go();
    await aborted;
    expect([await readdir(spool), puts]).toEqual([[], []]);
  });
});
