import { describe, expect, test } from "vitest";
import { shardDigits } from "../../../image/names/shard-digits.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { SWEEP_STATE_KEY } from "../../../protocol/sweep-state.ts";
import { packed } from "../../image/names/index-objects.ts";
import { bytesAt, check, filled, messages, overwrite, type Stores } from "./checked-stores.ts";
import { HASH, INDEX, PATH_HASH, type SmallRegistry } from "./small-registry.ts";

const flipped = (bytes: Uint8Array) => bytes.map((byte, place) => (place === 9 ? byte ^ 1 : byte));
const truncated = (bytes: Uint8Array) => bytes.subarray(0, -9);

test("stores that a build has written have no faults", async () => {
  const stores = await filled();
  await stores.store.put("backup/notes.txt", { kind: "bytes", bytes: Buffer.from("a") }, { contentType: "text/plain" });
  const { findings, counts } = await check(stores);
  expect(findings).toEqual([]);
  expect([counts.foreign, counts.entries]).toEqual([1, 6]);
  const kinds = [...counts.objects.keys()].toSorted();
  expect(kinds).toEqual([
    "attached",
    "blob",
    "bundle",
    "closure",
    "collection",
    "contents",
    "image",
    "indexed-ref",
    "layer",
    "layer-list",
    "manifest",
    "name-index",
    "package-index",
    "probe",
    "public-keys",
    "pulled",
    "ref",
    "request",
    "tag",
    "tree",
    "trust",
  ]);
});

/** One key of each kind, and what is said of it when a bit is flipped, or when the end is missing. */
const KINDS: readonly (readonly [string, (registry: SmallRegistry) => string | Promise<string>, string])[] = [
  ["layer", ({ layers: [{ digest }] }) => keys.blobKey(digest), "holds other bytes than its digest says"],
  ["manifest", ({ image }) => keys.manifestKey(image.docker.digest), "holds other bytes than its digest says"],
  ["list", ({ list }) => keys.manifestKey(list.oci.digest), "holds other bytes than its digest says"],
  ["contents", ({ image }) => keys.contentsKey(image.oci.digest), "holds no contents of an image of a known version"],
  ["trust record", ({ trust }) => trust, "holds no documents and signatures of a known version"],
  [
    "attached record",
    ({ image }) => keys.attachedKey(image.oci.digest),
    "holds no record of what stands beside an image of a known version",
  ],
  ["image record", () => keys.imageKey(HASH), "holds no record of an image of a known version"],
  ["request", () => keys.requestKey(HASH), "holds no record of a request of a known version"],
  ["bundle", () => keys.bundleKey(HASH), "holds no bundle of a known version"],
  ["old layer", () => keys.layerKey(HASH), "holds no record of a layer of a known version"],
  ["closure", () => keys.closurePathsKey(PATH_HASH), "holds no closure of a store path of a known version"],
  ["tree", () => keys.treeKey(PATH_HASH), "holds no tree of a known version"],
  ["tag", ({ tag }) => tag, "holds no tag of a known version"],
  ["ref", () => keys.refKey("s", "main"), "holds no record of a ref of a known version"],
  ["indexed ref", () => keys.indexedRefKey("s", "main"), "holds no revision of a ref of a known version"],
  ["index meta", () => keys.nameIndexMetaKey(INDEX), "holds no meta of an index of a known version"],
  ["index shard", () => keys.nameShardKey(INDEX, ""), "holds no shard of an index of a known version"],
  ["index names", () => keys.setNamesKey(INDEX), "holds no names of an index"],
  ["own entry", () => keys.ownEntryKey(INDEX, "perlpackages.dbi"), "holds no entry of a name of a known version"],
  ["package index", () => keys.packageIndexKey("s"), "holds no list of packages"],
  ["list of layers", () => keys.LAYER_LIST_KEY, "holds no list of layers of a known version"],
  ["public keys", () => keys.PUBLIC_KEYS_KEY, "holds no public keys"],
  ["state of collections", () => SWEEP_STATE_KEY, "holds no state of garbage collections of a known version"],
];

describe.each(KINDS)("a damaged %s is found", (_, keyOf, problem) => {
  test.each([
    ["other bytes", () => Buffer.from('{"version":99}')],
    ["its end missing", truncated],
    ["no bytes", () => new Uint8Array()],
  ] as const)("with %s", async (__, damage) => {
    const stores = await filled();
    const key = await keyOf(stores.registry);
    await overwrite(stores.store, key, damage(bytesAt(stores, key)));
    expect(await messages(stores)).toContain(`${key} ${problem}`);
  });
});

const ENTRY = { git: "absent" };

async function putPacked({ store }: Stores, key: string, members: Readonly<Record<string, unknown>>): Promise<void> {
  await store.put(key, { kind: "bytes", bytes: await packed(members) }, { contentType: "application/gzip" });
}

describe("an object of an index that stands under the key of another is found:", () => {
  test("a shard", async () => {
    const stores = await filled();
    const digits = await shardDigits("git", 1);
    const another = digits === "0" ? "1" : "0";
    const key = keys.nameShardKey(INDEX, another);
    for (const shard of [digits, another]) await putPacked(stores, keys.nameShardKey(INDEX, shard), { entries: ENTRY });
    expect(await messages(stores)).toEqual([`${key} holds no shard of an index of a known version`]);
  });

  test("an entry of a name", async () => {
    const stores = await filled();
    const key = await keys.ownEntryKey(INDEX, "perlpackages.dbi");
    await putPacked(stores, key, { name: "git", entry: ENTRY.git });
    expect(await messages(stores)).toEqual([`${key} holds no entry of a name of a known version`]);
  });
});

describe("a name that leads to nothing is found", () => {
  test("in everything that names a layer", async () => {
    const stores = await filled();
    const { layers, image } = stores.registry;
    const [first, second] = layers.map(({ digest }) => keys.blobKey(digest));
    await stores.store.remove([first ?? "", second ?? ""]);
    const lost = (owner: string, key: string | undefined) => `${owner} names ${key}, which is not there`;
    expect(new Set(await messages(stores, false))).toEqual(
      new Set([
        lost(keys.manifestKey(image.oci.digest), first),
        lost(keys.manifestKey(image.oci.digest), second),
        lost(keys.manifestKey(image.docker.digest), first),
        lost(keys.manifestKey(image.docker.digest), second),
        lost(keys.LAYER_LIST_KEY, first),
        lost(keys.layerKey(HASH), second),
        lost(keys.bundleKey(HASH), first),
        lost(keys.bundleKey(HASH), second),
      ]),
    );
  });

  test("in everything that names a manifest", async () => {
    const stores = await filled();
    const { image, list, tag } = stores.registry;
    const lost = keys.manifestKey(image.oci.digest);
    await stores.store.remove([lost]);
    expect(new Set(await messages(stores))).toEqual(
      new Set([
        `${tag} names ${lost}, which is not there`,
        `${keys.imageKey(HASH)} names ${lost}, which is not there`,
        `${keys.manifestKey(list.oci.digest)} names ${lost}, which is not there`,
        `KV: manifest/${image.oci.digest} stands for ${lost}, which is not there`,
      ]),
    );
  });

  test("with another size than its name says, without reading it", async () => {
    const stores = await filled();
    const [{ digest }] = stores.registry.layers;
    await overwrite(stores.store, keys.blobKey(digest), truncated(bytesAt(stores, keys.blobKey(digest))));
    expect(await messages(stores, false)).toContain(
      `${keys.LAYER_LIST_KEY} names ${keys.blobKey(digest)}, which has 41 bytes and not 50`,
    );
  });

  test("in an image without contents", async () => {
    const stores = await filled();
    const { digest } = stores.registry.image.oci;
    await stores.store.remove([keys.contentsKey(digest)]);
    expect(await messages(stores)).toEqual([
      `${keys.manifestKey(digest)} names ${keys.contentsKey(digest)}, which is not there`,
    ]);
  });
});

test("a manifest with the media type of another is found", async () => {
  const stores = await filled();
  const { oci } = stores.registry.image;
  const key = keys.manifestKey(oci.digest);
  await stores.store.put(key, { kind: "bytes", bytes: bytesAt(stores, key) }, { contentType: "text/plain" });
  expect(await messages(stores)).toEqual([`${key} is served as text/plain, but it is ${oci.mediaType}`]);
});

test("contents of another image are found", async () => {
  const stores = await filled();
  const key = keys.contentsKey(stores.registry.image.oci.digest);
  const record = { packages: [], paths: [], layers: [] };
  await overwrite(stores.store, key, Buffer.from(JSON.stringify(record)));
  expect(await messages(stores)).toEqual([`${key} has other layers than its manifest`]);
});

test("a blob that is only flipped is found by reading it, and not by its size", async () => {
  const stores = await filled();
  const key = keys.blobKey(stores.registry.layers[0].digest);
  await overwrite(stores.store, key, flipped(bytesAt(stores, key)));
  expect(await messages(stores, true)).toEqual([`${key} holds other bytes than its digest says`]);
  expect(await messages(stores, false)).toEqual([]);
});
