import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { StoreError } from "../../../origin/stores/object-store.ts";
import { digestHex } from "../../../protocol/digest.ts";
import { OciError } from "../../../protocol/oci-error.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { HASH, INDEX, PATH_HASH, type SmallRegistry } from "../checking/small-registry.ts";
import { test } from "../fixtures.ts";
import { type DamagedStores, faultsOf, filledStores, flip, overwrite, rebuildingOf, repair } from "./damaged-stores.ts";

const LAYER = ({ registry }: Pick<DamagedStores, "registry">) => keys.blobKey(registry.layers[0].digest);
const outcomesOf = (repaired: readonly { readonly outcome: string }[]) =>
  new Set(repaired.map(({ outcome }) => outcome));

/** A folder of kept layers with the first layer, changed by `change`. */
async function keptLayer(directory: string, { store, registry }: DamagedStores, change = (bytes: Buffer) => bytes) {
  const { digest } = registry.layers[0];
  await mkdir(join(directory, "gzip-8"));
  const bytes = store.objects.get(keys.blobKey(digest))?.bytes ?? new Uint8Array();
  await writeFile(join(directory, "gzip-8", digestHex(digest)), change(Buffer.from(bytes)));
}

describe("a layer that the origin has kept is uploaded again", () => {
  test.for([
    ["has a flipped bit", (stores: DamagedStores) => flip(stores, LAYER(stores))],
    ["is shorter", (stores: DamagedStores) => overwrite(stores, LAYER(stores), Buffer.from("a"))],
    ["is gone", (stores: DamagedStores) => stores.store.remove([LAYER(stores)])],
  ] as const)("if it %s", async ([, damage], { directory }) => {
    const stores = await filledStores();
    await keptLayer(directory, stores);
    await damage(stores);
    const actions: string[] = [];
    const repaired = await repair(stores, { keptFolder: directory, onAction: (line) => actions.push(line) });
    expect(outcomesOf(repaired)).toEqual(new Set(["restored"]));
    expect(actions).toEqual([`${LAYER(stores)} is uploaded again, from the layers that this origin has kept`]);
    expect(await faultsOf(stores)).toEqual([]);
  });

  test("but not if the kept file is damaged, too", async ({ directory }) => {
    const stores = await filledStores();
    await keptLayer(directory, stores, (bytes) => Buffer.from(bytes.toReversed()));
    await flip(stores, LAYER(stores));
    const actions: string[] = [];
    const repaired = await repair(stores, { keptFolder: directory, onAction: (line) => actions.push(line) });
    expect([outcomesOf(repaired), actions[0]]).toEqual([new Set(["removed"]), `${stores.registry.listTag} is removed`]);
  });
});

describe("another copy of an object restores it", () => {
  test("a manifest comes back from KV, with its media type", async () => {
    const stores = await filledStores();
    const { digest, mediaType } = stores.registry.image.docker;
    await flip(stores, keys.manifestKey(digest));
    expect(outcomesOf(await repair(stores))).toEqual(new Set(["restored"]));
    expect(stores.store.objects.get(keys.manifestKey(digest))?.options.contentType).toBe(mediaType);
    expect(await faultsOf(stores)).toEqual([]);
  });

  test("a manifest with a wrong media type gets its own", async () => {
    const stores = await filledStores();
    const key = keys.manifestKey(stores.registry.list.oci.digest);
    const bytes = stores.store.objects.get(key)?.bytes ?? new Uint8Array();
    await stores.store.put(key, { kind: "bytes", bytes }, { contentType: "text/plain" });
    expect(outcomesOf(await repair(stores))).toEqual(new Set(["restored"]));
    expect(await faultsOf(stores)).toEqual([]);
  });

  test("R2's tag is written to KV", async () => {
    const stores = await filledStores();
    const key = keys.keyOfStoredTag(stores.registry.tag);
    stores.index.entries.set(key, { key, value: "{}" });
    expect(outcomesOf(await repair(stores))).toEqual(new Set(["restored"]));
    expect(await faultsOf(stores)).toEqual([]);
  });

  test("KV's tag is stored in R2", async () => {
    const stores = await filledStores();
    await stores.store.remove([stores.registry.tag]);
    await overwrite(stores, stores.registry.listTag, Buffer.from("{"));
    expect(outcomesOf(await repair(stores))).toEqual(new Set(["restored"]));
    expect([...stores.store.objects.keys()]).toEqual(
      expect.arrayContaining([stores.registry.tag, stores.registry.listTag]),
    );
    expect(await faultsOf(stores)).toEqual([]);
  });

  test("a manifest in KV with another media type is removed: the edge writes it again", async () => {
    const stores = await filledStores();
    const { digest, json: value } = stores.registry.image.docker;
    const key = keys.manifestCacheKey(digest);
    stores.index.entries.set(key, { key, value, metadata: { mediaType: "text/plain" } });
    expect(await repair(stores)).toMatchObject([{ place: "KV", key, outcome: "removed" }]);
    expect(stores.index.entries.has(key)).toBe(false);
  });

  test("the public keys come from the settings, if these sign", async () => {
    const stores = await filledStores();
    const key = keys.PUBLIC_KEYS_KEY;
    const whole = stores.store.objects.get(key)?.bytes ?? new Uint8Array();
    await overwrite(stores, key, Buffer.from("damage"));
    const publishKeys = () => overwrite(stores, key, whole);
    expect(await repair(stores, { publishKeys })).toMatchObject([{ key, outcome: "restored" }]);
    expect(await faultsOf(stores)).toEqual([]);
  });

  test("R2's manifest is written to KV", async () => {
    const stores = await filledStores();
    const { digest, json, mediaType } = stores.registry.image.oci;
    const key = keys.manifestCacheKey(digest);
    stores.index.entries.set(key, { key, value: "{}" });
    expect(outcomesOf(await repair(stores))).toEqual(new Set(["restored"]));
    expect(stores.index.entries.get(key)).toEqual({ key, value: json, metadata: { mediaType } });
  });
});

describe("an image is built again", () => {
  const PARTS: readonly (readonly [string, (registry: SmallRegistry) => string])[] = [
    ["layer", ({ layers: [{ digest }] }) => keys.blobKey(digest)],
    ["manifest", ({ image }) => keys.manifestKey(image.oci.digest)],
    ["list", ({ list }) => keys.manifestKey(list.docker.digest)],
    ["record of its contents", ({ image }) => keys.contentsKey(image.oci.digest)],
  ];
  test.for(PARTS)("for a damaged %s, which is there until then", async ([, keyOf]) => {
    let damaged: string | undefined;
    const removed: string[] = [];
    const stores = await filledStores((operation) => {
      if (operation === `remove ${damaged}`) removed.push(operation);
    });
    stores.index.entries.clear();
    damaged = keyOf(stores.registry);
    await overwrite(stores, damaged, Buffer.from("damage"));
    const repaired = await repair(stores, { rebuilding: rebuildingOf(stores) });
    expect(repaired.find(({ key }) => key === damaged)?.outcome).toBe("rebuilt");
    expect([await faultsOf(stores), removed]).toEqual([[], []]);
  });

  test("nothing is removed if the build meets an outage", async () => {
    const stores = await filledStores();
    await flip(stores, LAYER(stores));
    const open = async () => ({ build: () => Promise.reject(new StoreError("down")), close: async () => {} });
    await expect(repair(stores, { rebuilding: { source: "channel:a", open } })).rejects.toThrow("down");
    expect(stores.store.objects.size).toBe(stores.whole.size);
  });

  test("a tag that the package set refuses is removed", async () => {
    const stores = await filledStores();
    await flip(stores, LAYER(stores));
    const refusal = new OciError("MANIFEST_UNKNOWN", "no such package: git");
    const open = async () => ({ build: () => Promise.reject(refusal), close: async () => {} });
    const actions: string[] = [];
    const onAction = (line: string) => actions.push(line);
    await repair(stores, { rebuilding: { source: "channel:a", open }, onAction });
    expect(actions).toContain(`${stores.registry.tag} cannot be built again: no such package: git`);
    expect(await faultsOf(stores)).toEqual([]);
  });
});

describe("what cannot be brought back is removed", () => {
  test("with all that names it, and nothing else", async () => {
    const stores = await filledStores();
    const other = await filledStores();
    const foreign = "backup/blobs/sha256/x";
    await stores.store.put(foreign, { kind: "bytes", bytes: Buffer.from("a") }, { contentType: "a/b" });
    for (const [key, { bytes, options }] of other.store.objects)
      if (!stores.store.objects.has(key)) await stores.store.put(key, { kind: "bytes", bytes }, options);
    await flip(stores, LAYER(stores));
    expect(outcomesOf(await repair(stores))).toEqual(new Set(["removed"]));
    expect(await faultsOf(stores)).toEqual([]);
    const left = [...stores.store.objects.keys()];
    const { image, list, tag, listTag } = stores.registry;
    const manifests = [image.oci, image.docker, list.oci, list.docker].map(({ digest }) => keys.manifestKey(digest));
    for (const key of [LAYER(stores), tag, listTag, keys.imageKey(HASH), keys.bundleKey(HASH), ...manifests])
      expect(left).not.toContain(key);
    expect(left).toEqual(
      expect.arrayContaining([foreign, LAYER(other), keys.manifestKey(other.registry.list.oci.digest)]),
    );
    expect([...stores.index.entries.keys()]).toEqual([]);
  });

  const RECORDS: readonly (readonly [string, (registry: SmallRegistry) => string | Promise<string>])[] = [
    ["trust record", ({ trust }) => trust],
    ["attached record", ({ image }) => keys.attachedKey(image.oci.digest)],
    ["image record", () => keys.imageKey(HASH)],
    ["request", () => keys.requestKey(HASH)],
    ["bundle", () => keys.bundleKey(HASH)],
    ["old layer", () => keys.layerKey(HASH)],
    ["closure", () => keys.closurePathsKey(PATH_HASH)],
    ["tree", () => keys.treeKey(PATH_HASH)],
    ["ref", () => keys.refKey("s", "main")],
    ["indexed ref", () => keys.indexedRefKey("s", "main")],
    ["index meta", () => keys.nameIndexMetaKey(INDEX)],
    ["index shard", () => keys.nameShardKey(INDEX, "")],
    ["own entry", () => keys.ownEntryKey(INDEX, "perlpackages.dbi")],
    ["package index", () => keys.packageIndexKey("s")],
    ["list of layers", () => keys.LAYER_LIST_KEY],
    ["public keys", () => keys.PUBLIC_KEYS_KEY],
  ];
  test.for(RECORDS)("a damaged %s", async ([, keyOf]) => {
    const stores = await filledStores();
    const key = await keyOf(stores.registry);
    await overwrite(stores, key, Buffer.from("damage"));
    expect(outcomesOf(await repair(stores))).toEqual(new Set(["removed"]));
    expect([await faultsOf(stores), stores.store.objects.has(key)]).toEqual([[], false]);
  });

  test("names before what they name, so that no reader is led to what is gone", async () => {
    const changes: string[] = [];
    const stores = await filledStores((change) => changes.push(change));
    await flip(stores, LAYER(stores));
    const { tag, list, image } = stores.registry;
    await repair(stores);
    const [listKey, imageKey] = [list.oci, image.oci].map(({ digest }) => keys.manifestKey(digest));
    const order = [keys.keyOfStoredTag(tag), tag, keys.imageKey(HASH), listKey, imageKey, LAYER(stores)];
    const places = order.map((key) =>
      changes.findIndex((change) => change.startsWith("remove") && change.endsWith(`${key}`)),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test("an index loses its meta before one of its shards, so that it is written anew", async () => {
    const removed: string[] = [];
    const stores = await filledStores((operation) => removed.push(operation));
    await overwrite(stores, keys.nameShardKey(INDEX, ""), Buffer.from("damage"));
    await repair(stores);
    expect(removed).toContain(`remove ${keys.nameIndexMetaKey(INDEX)},${keys.nameShardKey(INDEX, "")}`);
  });
});

describe("what stays", () => {
  test("an image without a record of its contents, because clients can pull it", async () => {
    const stores = await filledStores();
    await stores.store.remove([keys.contentsKey(stores.registry.image.oci.digest)]);
    expect(outcomesOf(await repair(stores))).toEqual(new Set(["left"]));
    expect(stores.store.objects.has(stores.registry.tag)).toBe(true);
  });
});
