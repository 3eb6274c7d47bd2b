import { describe, expect, test } from "vitest";
import { keyOfStoredTag, blobKey, bundleKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { HASH } from "../checking/small-registry.ts";
import { type DamagedStores, faultsOf, filledStores, flip, rebuildingOf, repair } from "./damaged-stores.ts";

class Killed extends Error {}

/** Stores with two images. Both have damage, and only the second one can be built again. A change may be the last. */
async function damagedStores() {
  let left = Infinity;
  const onChange = () => {
    if (left === 0) throw new Killed();
    left -= 1;
  };
  const stores = await filledStores(onChange);
  const sound = await filledStores();
  for (const [key, { bytes, options }] of sound.store.objects)
    if (!stores.store.objects.has(key)) await stores.store.put(key, { kind: "bytes", bytes }, options);
  const { registry, store, index } = stores;
  await flip(stores, blobKey(registry.layers[0].digest));
  await store.remove([blobKey(registry.layers[1].digest)]);
  await flip(stores, bundleKey(HASH));
  await flip(stores, manifestKey(registry.list.oci.digest));
  index.entries.delete(keyOfStoredTag(registry.listTag));
  return {
    stores,
    sound,
    /** Lets so many changes happen, and no more. */
    killAfter: (changes: number) => (left = changes),
  };
}

/** Repairs, and is killed after so many changes. Returns whether it came to its end. */
async function killedRepair(changes: number, rebuilds: boolean) {
  const { stores, sound, killAfter } = await damagedStores();
  const options = rebuilds ? { rebuilding: rebuildingOf(stores) } : {};
  killAfter(changes);
  const isDone = await repair(stores, options).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Killed) return false;
      throw error;
    },
  );
  killAfter(Infinity);
  return { stores, sound, options, isDone };
}

/** The images that nobody has damaged. */
function isWhole({ store }: DamagedStores, sound: DamagedStores): boolean {
  const { layers, image, list } = sound.registry;
  const manifests = [image.oci, image.docker, list.oci, list.docker].map(({ digest }) => manifestKey(digest));
  return [...layers.map(({ digest }) => blobKey(digest)), ...manifests].every((key) => store.objects.has(key));
}

describe.each([
  ["that builds again", true],
  ["that only removes", false],
])("a repair %s", (_, rebuilds) => {
  test("may be killed at any change: what is whole stays, and the next one ends the work", async () => {
    let changes = 0;
    for (let isDone = false; !isDone; changes += 1) {
      const killed = await killedRepair(changes, rebuilds);
      expect([changes, isWhole(killed.stores, killed.sound)]).toEqual([changes, true]);
      await repair(killed.stores, killed.options);
      expect([changes, await faultsOf(killed.stores)]).toEqual([changes, []]);
      isDone = killed.isDone;
    }
    expect(changes).toBeGreaterThan(10);
  });
});
