import { describe, expect, test } from "vitest";
import { assembleImage, type ImageToAssemble } from "../../../image/assembly/assemble-image.ts";
import { closureKey } from "../../../image/keys/closure-key.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import type { Tree } from "../../../image/trees/tree.ts";
import { digestOf } from "../../../protocol/digest.ts";
import { pathOf } from "../layers/grouping.ts";
import { treeWith } from "../trees/entries.ts";
import { imageOf, PARTS } from "./known-packages.ts";

test("an image has the same digests in every runtime", async () => {
  // If they must change, raise FORMAT_VERSION in image/layers/format-version.ts.
  const { root, config, manifests, contents } = await assembleImage(await imageOf("git", "bash", "cacert"), PARTS);
  expect({
    root: root.digest,
    config: config.digest,
    oci: manifests.oci.digest,
    docker: manifests.docker.digest,
    contents: await digestOf(new TextEncoder().encode(JSON.stringify(contents))),
  }).toEqual({
    root: "sha256:b692febb47fa0c5b722831a4ddd611e4429fd26a3730817f3776ea55c528e029",
    config: "sha256:172ca24ab3ab837bc4a4b360c946aaba820a3ff47d6b6be3d362660a2e5f4bb3",
    oci: "sha256:ab81e89de17fbbe1eab719588a8e9c06fe690931ef4d5ba22f8c9e377109ad56",
    docker: "sha256:5ea37568850c55c675e04b93b5d3ae8d3a1a846d83fbe7c8bbb34c5d3016e980",
    contents: "sha256:9bcf8189121479c9dbdb860b2dad80e927dcd17ff82eef297bb0595b83632010",
  });
});

test("the order of packages and bundles makes no difference", async () => {
  const image = await imageOf("git", "bash", "cacert");
  const turned = { ...image, packages: image.packages.toReversed(), bundles: image.bundles.toReversed() };
  expect(await assembleImage(turned, PARTS)).toEqual(await assembleImage(image, PARTS));
});

test("the closure hash is that of the origin's record", async () => {
  const image = await imageOf("git", "cacert");
  const closure = image.bundles.flatMap((bundle) => bundle.closure);
  const { closureHash } = await assembleImage(image, PARTS);
  const shape = { architecture: "amd64", maxStoreLayers: 100, popularity: NO_POPULARITY, compression: "gzip" } as const;
  expect(closureHash).toBe(await closureKey({ image: { packages: image.packages, closure }, ...shape }));
});

test("trees and layers that no bundle has come from elsewhere", async () => {
  const image = await imageOf("git", "bash");
  const expected = await assembleImage(image, PARTS);
  const trees = new Map(image.bundles.flatMap((bundle) => [...bundle.trees]));
  const rests = new Map(image.bundles.flatMap((bundle) => [...bundle.rests]));
  const bare = image.bundles.map((bundle) => ({ ...bundle, trees: new Map(), rests: new Map() }));
  const found = await assembleImage(
    { ...image, bundles: bare },
    { ...PARTS, findTree: async (path) => trees.get(path), findLayers: async () => rests },
  );
  expect(found).toEqual(expected);
});

/** A tree that claims this memory. */
function treeOfBytes(memoryBytes: number): Tree {
  return { ...treeWith({ x: "" }), memoryBytes };
}

function withTree(image: ImageToAssemble, name: string, tree: Tree): ImageToAssemble {
  const [first, ...others] = image.bundles;
  if (!first) throw new Error("the image has no bundle");
  return { ...image, bundles: [{ ...first, trees: new Map([...first.trees, [pathOf(name), tree]]) }, ...others] };
}

const MIB = 1_048_576;

describe("the origin has to make an image", () => {
  test.for<[string, (image: ImageToAssemble) => ImageToAssemble, string]>([
    ["with more bytes than allowed", (image) => ({ ...image, maxImageBytes: 58_060_299 }), "the image is too large"],
    [
      "compressed with zstd",
      (image) => ({ ...image, shape: { ...image.shape, compression: "zstd" } }),
      "the edge cannot compress with zstd",
    ],
    [
      "of another format",
      (image) => ({ ...image, shape: { ...image.shape, format: 1 } }),
      "the origin makes images of another format",
    ],
    [
      "whose trees take too much memory",
      (image) => withTree(image, "perl-5.42", treeOfBytes(12 * MIB)),
      "its trees are too large",
    ],
    [
      "whose cut-off is higher than those that are packed ahead",
      (image) => ({ ...image, shape: { ...image.shape, maxStoreLayers: 1 } }),
      "the layer with 4 store paths was not packed yet",
    ],
  ])("%s", async ([, change, message]) => {
    const image = change(await imageOf("git"));
    await expect(assembleImage(image, PARTS)).rejects.toMatchObject({ name: "CannotAssemble", message });
  });

  test("if a tree is missing", async () => {
    const image = await imageOf("git");
    const bundles = image.bundles.map((bundle) => ({ ...bundle, trees: new Map() }));
    const error = { name: "MissingTree", path: pathOf("git") };
    await expect(assembleImage({ ...image, bundles }, PARTS)).rejects.toMatchObject(error);
  });
});
