import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { digestOf } from "../../../protocol/digest.ts";
import { sha256Hex } from "../../../protocol/hex.ts";
import { blobKey, LAYER_LIST_KEY, layerKey } from "../../../protocol/storage-keys.ts";
import { createKnownLayers } from "../../../origin/layers/known-layers.ts";
import { createLearnedLayers } from "../../../origin/layers/learned-layers.ts";
import { BLOB_TRUST_MS, createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { putRecord, putText, readRecord } from "../../../origin/stores/object-store.ts";
import { listAt } from "../../json.ts";
import { test } from "../fixtures.ts";
import { countStore } from "../stores/counted-store.ts";

const MAX_LIST_BYTES = 1_048_576;

/** The blob's text makes a layer's hash, digest and diffID. */
async function layerOf(text: string) {
  const digest = await digestOf(new TextEncoder().encode(text));
  return { hash: await sha256Hex(`hash of ${text}`), layer: { digest, diffId: digest, size: text.length } };
}

/** A store on disk that several origins share. Their clock stands still. */
function setUp(directory: string) {
  const { store, counts } = countStore(createDiskStore(join(directory, "objects")));
  const clock = { nowMs: 1_800_000_000_000 };

  /** An origin that has just started. Origins of one name have one disk. */
  function origin(name: string) {
    const blobs = createBlobPresence(store, () => clock.nowMs);
    const known = createKnownLayers({ store, blobs, learned: createLearnedLayers(join(directory, name)) });
    /** Packs an image's layers. */
    const pack = async (...texts: readonly string[]) => {
      await known.learn();
      const layers = await Promise.all(texts.map(layerOf));
      for (const [index, { hash, layer }] of layers.entries()) {
        await putText(store, blobKey(layer.digest), texts[index] ?? "", "text/plain");
        known.add(hash, layer);
      }
      await known.list(layers.map(({ hash }) => hash));
    };
    /** Those of the layers that are found, for one image. */
    const find = async (...texts: readonly string[]) => {
      await known.learn();
      const layers = await Promise.all(texts.map(layerOf));
      const found = await Promise.all(layers.map(({ hash }) => known.find(hash)));
      return texts.filter((_, index) => found[index]?.digest === layers[index]?.layer.digest);
    };
    return { blobs, known, pack, find };
  }

  /** The requests of `work`. */
  async function countOf(work: () => Promise<unknown>) {
    const before = { ...counts };
    await work();
    return { reads: counts.reads - before.reads, writes: counts.writes - before.writes };
  }
  return { store, clock, origin, countOf, remove: (key: string) => rm(join(directory, "objects", key)) };
}

const MANY = Array.from({ length: 60 }, (_, index) => `layer ${index}`);

describe("the layers of an image", () => {
  test("take one read and one write, however many they are", async ({ directory }) => {
    const { origin, countOf } = setUp(directory);
    const first = origin("a");
    await first.pack("old");
    const { reads, writes } = await countOf(() => first.pack(...MANY));
    expect([reads, writes - MANY.length]).toEqual([1, 1]);
  });

  test("are found by an origin with an empty disk, with one read", async ({ directory }) => {
    const { origin, countOf } = setUp(directory);
    await origin("a").pack(...MANY);
    const other = origin("b");
    expect(await countOf(async () => expect(await other.find(...MANY)).toEqual(MANY))).toEqual({ reads: 1, writes: 0 });
  });

  test("of two origins at the same time are all found later", async ({ directory }) => {
    const { origin } = setUp(directory);
    const [one, other] = [origin("a"), origin("b")];
    await one.pack("0");
    await Promise.all([one.pack("1"), other.pack("2")]);
    // One of them has overwritten the other's list. Its next write repairs that.
    await one.pack("3");
    await other.pack("4");
    await one.pack("5");
    expect(await origin("c").find("1", "2", "3", "4", "5")).toEqual(["1", "2", "3", "4", "5"]);
  });

  test("are known from the disk if the list has no room for them", async ({ directory }) => {
    const { origin, store } = setUp(directory);
    await origin("a").pack("old");
    const list = (await readRecord(store, LAYER_LIST_KEY)) ?? {};
    await putRecord(store, LAYER_LIST_KEY, { ...list, layers: [] });
    expect(await origin("a").find("old")).toEqual(["old"]);
    expect(await origin("b").find("old")).toEqual([]);
  });
});

test("the list keeps the layers that were used last", async ({ directory }) => {
  const { origin, store } = setUp(directory);
  const one = origin("a");
  await one.pack("first", "second");
  const texts = Array.from({ length: 999 }, (_, index) => `${index}`);
  await one.pack("first", ...texts);
  expect(await origin("b").find("first", "second", "0", "998")).toEqual(["first", "0", "998"]);
  const list = await readRecord(store, LAYER_LIST_KEY, MAX_LIST_BYTES);
  expect(listAt(list, "layers")).toHaveLength(1000);
});

test("a newer release's list is neither read nor replaced, and the disk still helps", async ({ directory }) => {
  const { origin, store } = setUp(directory);
  await origin("a").pack("old");
  const newer = { ...(await readRecord(store, LAYER_LIST_KEY)), version: 99 };
  await putRecord(store, LAYER_LIST_KEY, newer);
  const upgrading = origin("a");
  await upgrading.pack("new");
  expect(await readRecord(store, LAYER_LIST_KEY)).toEqual(newer);
  expect(await upgrading.find("old", "new")).toEqual(["old", "new"]);
});

describe("a blob", () => {
  test("that a reader did not find is looked up, whatever the list says", async ({ directory }) => {
    const { origin, remove } = setUp(directory);
    await origin("a").pack("lost");
    const { digest } = (await layerOf("lost")).layer;
    await remove(blobKey(digest));
    const other = origin("b");
    expect(await other.find("lost")).toEqual(["lost"]);
    other.blobs.forget(digest);
    expect(await other.find("lost")).toEqual([]);
    await other.pack("lost");
    expect(await other.find("lost")).toEqual(["lost"]);
  });

  test("is looked up after a week", async ({ directory }) => {
    const { origin, remove, clock } = setUp(directory);
    await origin("a").pack("lost", "there");
    await remove(blobKey((await layerOf("lost")).layer.digest));
    clock.nowMs += BLOB_TRUST_MS;
    expect(await origin("b").find("lost", "there")).toEqual(["there"]);
  });

  test("is looked up if the store was emptied, though the disk knows it", async ({ directory }) => {
    const { origin, remove } = setUp(directory);
    const running = origin("a");
    await running.pack("lost", "there");
    await remove(LAYER_LIST_KEY);
    await remove(blobKey((await layerOf("lost")).layer.digest));
    expect(await running.find("lost", "there")).toEqual(["there"]);
    expect(await origin("a").find("lost", "there")).toEqual(["there"]);
  });

  test("is looked up if the store is another one, though the disk knows it", async ({ directory }) => {
    const { origin, remove } = setUp(directory);
    const running = origin("a");
    await running.pack("lost", "there");
    await remove(LAYER_LIST_KEY);
    await origin("b").pack("new");
    await remove(blobKey((await layerOf("lost")).layer.digest));
    expect(await running.find("lost", "there")).toEqual(["there"]);
    expect(await origin("a").find("lost", "there")).toEqual(["there"]);
  });
});

describe("records of older origins, one for each layer", () => {
  test("are read as long as there is no list", async ({ directory }) => {
    const { origin, store } = setUp(directory);
    const { hash, layer } = await layerOf("old");
    await putText(store, blobKey(layer.digest), "old", "text/plain");
    await putRecord(store, layerKey(hash), layer);
    const one = origin("a");
    expect(await one.find("old", "new")).toEqual(["old"]);
    await one.known.list([hash]);
    expect(await origin("b").find("old")).toEqual(["old"]);
  });

  test("cost nothing in a new store", async ({ directory }) => {
    const { origin, countOf } = setUp(directory);
    const one = origin("a");
    expect(await countOf(() => one.find(...MANY))).toEqual({ reads: 1, writes: 1 });
    expect(await countOf(() => one.find(...MANY))).toEqual({ reads: 1, writes: 0 });
  });
});

test.for([
  ["of another version", { version: 2 }],
  ["without a version", { version: undefined }],
  ["without layers", { layers: {} }],
  ["with layers that are not whole", { layers: [["h"], 1, null] }],
] as const)("a list %s counts as missing or empty", async ([, change], { directory }) => {
  const { origin, store } = setUp(directory);
  await origin("a").pack("1");
  const list = (await readRecord(store, LAYER_LIST_KEY)) ?? {};
  await putRecord(store, LAYER_LIST_KEY, { ...list, ...change });
  expect(await origin("b").find("1")).toEqual([]);
});

test("if the list cannot be written, the image does not fail", async ({ directory }) => {
  const { origin, store } = setUp(directory);
  const { known, find } = origin("a");
  const { hash, layer } = await layerOf("1");
  await known.learn();
  await putText(store, blobKey(layer.digest), "1", "text/plain");
  known.add(hash, layer);
  // The list's file is now a folder.
  await putText(store, `${LAYER_LIST_KEY}/x`, "", "text/plain");
  await known.list([hash]);
  await rm(join(directory, "objects", LAYER_LIST_KEY), { recursive: true });
  expect(await find("1")).toEqual(["1"]);
});
