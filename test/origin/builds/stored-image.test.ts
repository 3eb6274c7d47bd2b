import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import { imageContentsJson } from "../../../protocol/image-contents.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { blobKey, contentsKey, imageKey, manifestKey } from "../../../protocol/storage-keys.ts";
import type { ImageManifests } from "../../../image/description/manifest.ts";
import { findImage, manifestDigests, writeImage, writeImageRecord } from "../../../origin/builds/stored-image.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { type ObjectStore, putRecord, readRecord, readText } from "../../../origin/stores/object-store.ts";
import { anyOf } from "../../matchers.ts";
import { rejection, test, until } from "../fixtures.ts";
import { countStore } from "../stores/counted-store.ts";

const CONFIG = '{"os":"linux"}';
const CONFIG_DIGEST = sha256Digest(createHash("sha256").update(CONFIG).digest("hex"));
const LAYER_DIGEST = sha256Digest("1".repeat(64));
const LAYER = { digest: LAYER_DIGEST, size: 1 };
const CONTENTS = { packages: [], paths: [], layers: [{ ...LAYER, description: "root", paths: [] }] };
const IMAGE = Promise.resolve({
  config: CONFIG,
  layers: [LAYER],
  compression: "gzip",
  contents: CONTENTS,
} as const);
const STORED = Promise.resolve();
const CLOSURE = "f".repeat(64);

/** Writes the image to a disk store that also records keys and content types, in order. */
async function write(directory: string) {
  const disk = createDiskStore(directory);
  const puts: [key: string, contentType: string][] = [];
  const store: ObjectStore = {
    ...disk,
    async put(key, content, options) {
      await disk.put(key, content, options);
      puts.push([key, options.contentType]);
    },
  };
  const layer = { kind: "bytes", bytes: new Uint8Array(1) } as const;
  await disk.put(blobKey(LAYER_DIGEST), layer, { contentType: "application/octet-stream" });
  const blobs = createBlobPresence(store, Date.now);
  blobs.note(LAYER_DIGEST);
  const manifests = await writeImage({ store, blobs }, IMAGE, STORED);
  await writeImageRecord({ store, blobs }, CLOSURE, manifests);
  // Another origin knows nothing about the blobs.
  const stores = { store, blobs: createBlobPresence(store, Date.now) };
  return { store, stores, puts, manifests };
}

test("config and contents are written before the manifests, and the record comes last", async ({ directory }) => {
  const { puts, manifests } = await write(directory);
  expect(puts.slice(0, 2)).toEqual(
    expect.arrayContaining([
      [blobKey(CONFIG_DIGEST), MEDIA_TYPES.oci.config],
      [contentsKey(manifests.oci.digest), "application/json"],
    ]),
  );
  expect(puts.slice(2, 4)).toEqual(
    expect.arrayContaining([
      [manifestKey(manifests.oci.digest), MEDIA_TYPES.oci.manifest],
      [manifestKey(manifests.docker.digest), MEDIA_TYPES.docker.manifest],
    ]),
  );
  expect(puts.slice(4)).toEqual([[imageKey(CLOSURE), "application/json"]]);
});

test("config and contents do not wait for the layers, and the manifests do", async ({ directory }) => {
  const disk = createDiskStore(directory);
  const kinds: (string | undefined)[] = [];
  const store: ObjectStore = {
    ...disk,
    async put(key, ...rest) {
      await disk.put(key, ...rest);
      kinds.push(key.split("/")[0]);
    },
  };
  const layers = Promise.withResolvers<void>();
  const writing = writeImage({ store, blobs: createBlobPresence(store, Date.now) }, IMAGE, layers.promise);
  await until(() => kinds.length === 2);
  kinds.push("layers stored");
  layers.resolve();
  await writing;
  expect(new Set(kinds.slice(0, 2))).toEqual(new Set(["blobs", "contents"]));
  expect(kinds.slice(2)).toEqual(["layers stored", "manifests", "manifests"]);
});

test("the objects match their digests", async ({ directory }) => {
  const { store, manifests } = await write(directory);
  expect(await readText(store, blobKey(CONFIG_DIGEST), 1000)).toBe(CONFIG);
  for (const { digest, json } of [manifests.oci, manifests.docker]) {
    expect(await readText(store, manifestKey(digest), 1000)).toBe(json);
    expect(digest).toBe(`sha256:${createHash("sha256").update(json).digest("hex")}`);
  }
});

test("the manifests point to the config", async ({ directory }) => {
  const { manifests } = await write(directory);
  expect(JSON.parse(manifests.oci.json)).toMatchObject({ config: { digest: CONFIG_DIGEST, size: 14 } });
});

test("the record names both manifests", async ({ directory }) => {
  const { store, manifests } = await write(directory);
  expect(await readRecord(store, imageKey(CLOSURE))).toEqual({
    version: 1,
    oci: manifests.oci.digest,
    docker: manifests.docker.digest,
    seenAt: anyOf(Number),
  });
  expect(manifestDigests(manifests)).toEqual({ oci: manifests.oci.digest, docker: manifests.docker.digest });
});

test("the contents are those of the image", async ({ directory }) => {
  const { store, manifests } = await write(directory);
  expect(await readRecord(store, contentsKey(manifests.oci.digest))).toEqual(imageContentsJson(CONTENTS));
});

test("if a layer fails, its error ends the image, and no manifest is written", async ({ directory }) => {
  const store = createDiskStore(directory);
  const stores = { store, blobs: createBlobPresence(store, Date.now) };
  const failed = Promise.reject(new Error("the layer is gone"));
  const stopped = IMAGE.then(() => Promise.reject(new Error("stopped")));
  expect(await rejection(writeImage(stores, stopped, failed))).toMatchObject({ message: "the layer is gone" });
  expect(await rejection(writeImage(stores, IMAGE, failed))).toMatchObject({ message: "the layer is gone" });
  expect(await store.hasAny("manifests/")).toBe(false);
});

test("an image that was written is found", async ({ directory }) => {
  const { stores, manifests } = await write(directory);
  expect(await findImage(stores, CLOSURE)).toEqual({ manifests, hasNews: false });
});

test("an image that was written is found without a look-up of its blobs", async ({ directory }) => {
  const { store, stores } = await write(directory);
  const counted = countStore(store);
  await findImage({ ...stores, store: counted.store }, CLOSURE);
  expect(counted.counts).toEqual({ reads: 3, writes: 0 });
});

/** Writes an image and its record as older origins did. */
async function writeOld(directory: string) {
  const written = await write(directory);
  await putRecord(written.store, imageKey(CLOSURE), manifestDigests(written.manifests));
  return written;
}

test("an image of an older origin is found, and a new record tells the next origin that its blobs are there", async ({
  directory,
}) => {
  const { store, stores, manifests } = await writeOld(directory);
  expect(await findImage(stores, CLOSURE)).toEqual({ manifests, hasNews: true });
  await writeImageRecord(stores, CLOSURE, manifests);
  const counted = countStore(store);
  await findImage({ store: counted.store, blobs: createBlobPresence(counted.store, Date.now) }, CLOSURE);
  expect(counted.counts).toEqual({ reads: 3, writes: 0 });
});

const BLOBS: [string, (directory: string) => Promise<void>][] = [
  ["when its config is missing", (directory) => rm(join(directory, blobKey(CONFIG_DIGEST)))],
  ["when a layer is missing", (directory) => rm(join(directory, blobKey(LAYER_DIGEST)))],
  ["when a layer was cut", (directory) => writeFile(join(directory, blobKey(LAYER_DIGEST)), "")],
];

describe("an image is not found", () => {
  test.for<[string, (directory: string, manifests: ImageManifests) => Promise<void>]>([
    ["when its record is missing", (directory) => rm(join(directory, imageKey(CLOSURE)))],
    ["when its record is damaged", (directory) => writeFile(join(directory, imageKey(CLOSURE)), '{"oci":"sha256:0"}')],
    ["when a manifest is missing", (directory, { oci }) => rm(join(directory, manifestKey(oci.digest)))],
    [
      "when a manifest is not whole",
      (directory, { oci }) =>
        writeFile(join(directory, manifestKey(oci.digest)), oci.json.replace('"size":1}', '"size":-1}')),
    ],
    [
      "when its record has another version",
      (directory, manifests) =>
        putRecord(createDiskStore(directory), imageKey(CLOSURE), { ...manifestDigests(manifests), version: 2 }),
    ],
    ["when the other manifest is missing", (directory, { docker }) => rm(join(directory, manifestKey(docker.digest)))],
  ])("%s", async ([, damage], { directory }) => {
    const { stores, manifests } = await write(directory);
    await damage(directory, manifests);
    expect(await findImage(stores, CLOSURE)).toBeUndefined();
  });

  test.for(BLOBS)("%s, and a reader has reported it", async ([, damage], { directory }) => {
    const { stores } = await write(directory);
    await damage(directory);
    for (const digest of [CONFIG_DIGEST, LAYER_DIGEST]) stores.blobs.forget(digest);
    expect(await findImage(stores, CLOSURE)).toBeUndefined();
  });

  test.for(BLOBS)("%s, and the record is of an older origin", async ([, damage], { directory }) => {
    const { stores } = await writeOld(directory);
    await damage(directory);
    expect(await findImage(stores, CLOSURE)).toBeUndefined();
  });
});
