import { join } from "node:path";
import { expect } from "vitest";
import { parseLayerList } from "../../../image/layers/layer-list.ts";
import { digestOf } from "../../../protocol/digest.ts";
import { sha256Hex } from "../../../protocol/hex.ts";
import { blobKey, LAYER_LIST_KEY } from "../../../protocol/storage-keys.ts";
import { createKnownLayers } from "../../../origin/layers/known-layers.ts";
import { createLearnedLayers } from "../../../origin/layers/learned-layers.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { putText, readRecord } from "../../../origin/stores/object-store.ts";
import { test } from "../fixtures.ts";
import { openBucket } from "../sweeps/swept-bucket.ts";

const HOUR_MS = 3_600_000;

type Bucket = ReturnType<typeof openBucket>;

async function layerOf(text: string) {
  const digest = await digestOf(new TextEncoder().encode(text));
  return { hash: await sha256Hex(text), layer: { digest, diffId: digest, size: text.length } };
}

/** An origin that has just started. All origins of a folder have one disk. */
function openOrigin({ store, clock, guard }: Bucket, directory: string) {
  const sweeps = guard();
  const blobs = createBlobPresence(store, () => clock.now);
  sweeps.whenSwept(() => blobs.forgetAll());
  const known = createKnownLayers({ store, blobs, sweeps, learned: createLearnedLayers(join(directory, "layers")) });
  /** Puts a layer, and lists it. */
  const put = async (text: string) => {
    const { hash, layer } = await layerOf(text);
    await putText(store, blobKey(layer.digest), text, "text/plain");
    known.add(hash, layer);
    await known.list([hash]);
  };
  return {
    put,
    async pack(text: string) {
      await known.learn();
      await put(text);
    },
    async finds(text: string) {
      await known.learn();
      return (await known.find((await layerOf(text)).hash)) !== undefined;
    },
  };
}

async function listed({ store }: Bucket): Promise<readonly string[]> {
  return parseLayerList(await readRecord(store, LAYER_LIST_KEY))?.layers.map(({ hash }) => hash) ?? [];
}

/** A collection removes a layer that is in no list any more. */
async function sweep(bucket: Bucket, text: string): Promise<void> {
  const list = parseLayerList(await readRecord(bucket.store, LAYER_LIST_KEY));
  await putText(
    bucket.store,
    LAYER_LIST_KEY,
    JSON.stringify({ version: 1, store: list?.store, layers: [] }),
    "application/json",
  );
  await bucket.store.remove([blobKey((await layerOf(text)).layer.digest)]);
  await bucket.setState({ generation: 3 });
  bucket.clock.now += HOUR_MS;
}

test("a layer that a collection has removed is not found, neither in memory nor by the next process", async ({
  directory,
}) => {
  const bucket = openBucket();
  const origin = openOrigin(bucket, directory);
  await origin.pack("old");
  expect([await origin.finds("old"), await openOrigin(bucket, directory).finds("old")]).toEqual([true, true]);
  await sweep(bucket, "old");
  expect([await openOrigin(bucket, directory).finds("old"), await origin.finds("old")]).toEqual([false, false]);
});

test("a list that was read before a collection is not written again", async ({ directory }) => {
  const bucket = openBucket();
  await openOrigin(bucket, directory).pack("old");
  const origin = openOrigin(bucket, directory);
  expect(await origin.finds("old")).toBe(true);
  await sweep(bucket, "old");
  // The image that reads the list began before the collection.
  await origin.put("new");
  await origin.put("new");
  expect(await listed(bucket)).not.toContain((await layerOf("old")).hash);
});

test("the list does not name what a collection is about to remove, unless it is pardoned", async ({ directory }) => {
  const bucket = openBucket();
  const origin = openOrigin(bucket, directory);
  await origin.pack("old");
  await origin.pack("saved");
  const [old, saved] = [await layerOf("old"), await layerOf("saved")];
  await bucket.condemn([old.layer.digest, saved.layer.digest]);
  await bucket.setState({ generation: 1, phase: "condemned", pardoned: [saved.layer.digest] });
  bucket.clock.now += HOUR_MS;
  await openOrigin(bucket, directory).pack("new");
  expect(await listed(bucket)).toEqual([saved.hash, (await layerOf("new")).hash]);
});
