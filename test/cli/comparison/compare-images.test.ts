import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type ComparedImage, compareImages } from "../../../cli/comparison/compare-images.ts";
import { tarHeader } from "../../../image/tar/tar-header.ts";
import { digestOf } from "../verification/published-image.ts";

interface Parts {
  readonly layers: readonly string[];
  readonly level?: number;
  readonly config?: object;
}

/** An image whose layers have one link each. */
function imageOf({ layers, level = 6, config = {} }: Parts): ComparedImage {
  const tars = layers.map((target) => tarHeader({ type: "symlink", name: "a", target }));
  const blobs = tars.map((tar) => gzipSync(tar, { level }));
  const json = JSON.stringify({ ...config, rootfs: tars.map((tar) => digestOf(tar)) });
  return {
    manifest: digestOf(Buffer.from(JSON.stringify([json, blobs.map((blob) => digestOf(blob))]))),
    config: json,
    layers: blobs.map((blob, index) => {
      const diffId = digestOf(tars[index] ?? new Uint8Array());
      return { digest: digestOf(blob), size: blob.length, diffId, format: "gzip", contents: `contents ${index}` };
    }),
    openLayer: async ({ digest }, read) =>
      read(
        (async function* () {
          yield blobs.find((blob) => digestOf(blob) === digest) ?? new Uint8Array();
        })(),
      ),
  };
}

test("equal images have no difference", async () => {
  expect(await compareImages(imageOf({ layers: ["x", "y"] }), imageOf({ layers: ["x", "y"] }))).toEqual([]);
});

test("the first layer that differs is named, with its contents", async () => {
  expect(await compareImages(imageOf({ layers: ["x", "y", "z"] }), imageOf({ layers: ["x", "q", "r"] }))).toEqual([
    'layer 2 of 3 (contents 1): file "/a": the link is "y" in the registry and "q" here',
  ]);
});

test("the same files in another compression are told apart from other files", async () => {
  const [registry, here] = [imageOf({ layers: ["x"], level: 9 }), imageOf({ layers: ["x"], level: 0 })];
  expect(await compareImages(registry, here)).toEqual([
    "layer 1 of 1 (contents 0): the same files, compressed in another way",
  ]);
});

test("another number of layers is told", async () => {
  expect(await compareImages(imageOf({ layers: ["x"] }), imageOf({ layers: ["x", "y"] }))).toEqual([
    "the registry's image has 1 layer, and this machine's has 2 layers",
  ]);
});

test("the member of the config that differs is named", async () => {
  const registry = imageOf({ layers: ["x"], config: { config: { Env: ["A=1", "B=1"] } } });
  const here = imageOf({ layers: ["x"], config: { config: { Env: ["A=1", "B=2"] } } });
  expect(await compareImages(registry, here)).toEqual([
    'the config differs at config.Env[1]: "B=1" in the registry, "B=2" here',
  ]);
});

test("equal parts with another order of members in the config are told", async () => {
  const registry = imageOf({ layers: ["x"], config: { a: 1, b: 2 } });
  const here = imageOf({ layers: ["x"], config: { b: 2, a: 1 } });
  expect(await compareImages(registry, here)).toEqual([
    "config and layers have the same contents, written in another way",
  ]);
});
