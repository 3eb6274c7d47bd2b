import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { blobKey, contentsKey, imageKey, manifestKey } from "../../../protocol/storage-keys.ts";
import type { ImageManifests } from "../../../image/description/manifest.ts";
import { findImage, manifestDigests, writeImage } from "../../../origin/builds/stored-image.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { type ObjectStore, readRecord, readText } from "../../../origin/stores/object-store.ts";
import { rejection, test } from "../fixtures.ts";

const CONFIG = '{"os":"linux"}';
const CONFIG_DIGEST = sha256Digest(createHash("sha256").update(CONFIG).digest("hex"));
const LAYER_DIGEST = sha256Digest("1".repeat(64));
const LAYER = { digest: LAYER_DIGEST, size: 1 };
const CONTENTS = { packages: [], paths: [], layers: [{ ...LAYER, description: "root", paths: [] }] };
const IMAGE = { layers: [LAYER], compression: "gzip", contents: CONTENTS } as const;
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
  const stores = { store, blobs: createBlobPresence(store, Date.now) };
  return { store, stores, puts, manifests: await writeImage(store, CLOSURE, CONFIG, IMAGE) };
}

test("config, contents, manifests and record are written in this order", async ({ directory }) => {
  const { puts, manifests } = await write(directory);
  expect(puts).toEqual([
    [blobKey(CONFIG_DIGEST), MEDIA_TYPES.oci.config],
    [contentsKey(manifests.oci.digest), "application/json"],
    [manifestKey(manifests.oci.digest), MEDIA_TYPES.oci.manifest],
    [manifestKey(manifests.docker.digest), MEDIA_TYPES.docker.manifest],
    [imageKey(CLOSURE), "application/json"],
  ]);
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
    oci: manifests.oci.digest,
    docker: manifests.docker.digest,
  });
  expect(manifestDigests(manifests)).toEqual({ oci: manifests.oci.digest, docker: manifests.docker.digest });
});

test("the contents are those of the image", async ({ directory }) => {
  const { store, manifests } = await write(directory);
  expect(await readRecord(store, contentsKey(manifests.oci.digest))).toEqual(CONTENTS);
});

test("no record is written if a manifest could not be written", async ({ directory }) => {
  const disk = createDiskStore(directory);
  const store: ObjectStore = {
    ...disk,
    put: (key, ...rest) => (key.startsWith("manifests/") ? Promise.reject(new Error("full")) : disk.put(key, ...rest)),
  };
  expect(await rejection(writeImage(store, CLOSURE, CONFIG, IMAGE))).toMatchObject({ message: "full" });
  expect(await store.head(imageKey(CLOSURE))).toBeUndefined();
});

test("an image that was written is found", async ({ directory }) => {
  const { stores, manifests } = await write(directory);
  expect(await findImage(stores, CLOSURE)).toEqual(manifests);
});

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
    ["when its config is missing", (directory) => rm(join(directory, blobKey(CONFIG_DIGEST)))],
    ["when a layer is missing", (directory) => rm(join(directory, blobKey(LAYER_DIGEST)))],
    ["when a layer was cut", (directory) => writeFile(join(directory, blobKey(LAYER_DIGEST)), "")],
    ["when the other manifest is missing", (directory, { docker }) => rm(join(directory, manifestKey(docker.digest)))],
  ])("%s", async ([, damage], { directory }) => {
    const { stores, manifests } = await write(directory);
    await damage(directory, manifests);
    expect(await findImage(stores, CLOSURE)).toBeUndefined();
  });
});
