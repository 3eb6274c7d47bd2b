import { type Digest, sha256Digest } from "../../protocol/digest.ts";
import { sha256Hex } from "../../protocol/hex.ts";
import type { ImageContents } from "../../protocol/image-contents.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { ImageShape } from "../../protocol/ref-record.ts";
import type { Bundle } from "../bundles/bundle.ts";
import type { PackageRoot } from "../closure/image-closure.ts";
import type { CompressMember } from "../compression/members.ts";
import { describeImage } from "../description/describe-image.ts";
import { type ImageManifests, imageManifests } from "../description/manifest.ts";
import { closureKey } from "../keys/closure-key.ts";
import { FORMAT_VERSION } from "../layers/format-version.ts";
import { groupLayers } from "../layers/group-layers.ts";
import { ROOT_DESCRIPTION } from "../layers/layer-group.ts";
import { type FindTree, rootFromTrees } from "../trees/root-from-trees.ts";
import type { Tree } from "../trees/tree.ts";
import { CannotAssemble } from "./cannot-assemble.ts";
import { joinBundles } from "./join-bundles.ts";
import { type PackedRoot, packRoot } from "./packed-root.ts";
import { type FindLayers, storeLayers } from "./store-layers.ts";

export interface ImageToAssemble {
  readonly packages: readonly PackageRoot[];
  readonly architecture: Architecture;
  readonly shape: ImageShape;
  /** One for each package. */
  readonly bundles: readonly Bundle[];
  /** The most uncompressed bytes of all store paths. */
  readonly maxImageBytes: number;
}

/** What the room needs from outside. */
export interface AssemblyParts {
  readonly compress: CompressMember;
  /** For trees that no bundle has. */
  readonly findTree: FindTree;
  /** For layers that no bundle has. */
  readonly findLayers: FindLayers;
}

/** An image of which only the root layer and the texts need to be stored: all other layers are. */
export interface AssembledImage {
  readonly closureHash: string;
  /** How many layers the image has, the root layer included. */
  readonly layerCount: number;
  readonly root: PackedRoot;
  readonly config: { readonly digest: Digest; readonly json: string };
  readonly contents: ImageContents;
  readonly manifests: ImageManifests;
}

/** A Worker has 128 MB for everything. Usual images have less than 4 MB of trees. Bytes of memory. */
const MAX_TREE_BYTES = 12_582_912;

/**
 * Puts an image together from the bundles of its packages. It is the image that the origin makes, digest for digest.
 * Throws `CannotAssemble` if something is missing, or if the image needs what only the origin can do. Throws as
 * `rootFromTrees` does.
 */
export async function assembleImage(
  { packages, architecture, shape, bundles, maxImageBytes }: ImageToAssemble,
  { compress, findTree, findLayers }: AssemblyParts,
): Promise<AssembledImage> {
  const { compression, maxStoreLayers } = shape;
  checkShape(shape);
  const joined = joinBundles(bundles);
  const { closure, trees, popularity } = joined;
  if (closure.reduce((sum, { narSize }) => sum + narSize, 0) > maxImageBytes)
    throw new CannotAssemble("the image is too large");
  if (sumOf([...trees.values()]) > MAX_TREE_BYTES) throw new CannotAssemble("its trees are too large");
  const image = { packages, closure };
  const groups = groupLayers({ closure, roots: packages, popularity, maxStoreLayers });
  const layers = await storeLayers(groups, joined, compression, findLayers);
  const root = await rootFromTrees(image, findTree, { known: trees });
  const packed = await packRoot(root.entries, compress);
  const all = [...layers, { ...packed, description: ROOT_DESCRIPTION, paths: [] }];
  const { hasShell, hasCertificates } = root;
  const described = describeImage({
    closure: image,
    architecture,
    hasShell,
    hasCertificates,
    layers: all,
    compression,
  });
  const digest = sha256Digest(await sha256Hex(described.config));
  const size = new TextEncoder().encode(described.config).length;
  const [manifests, closureHash] = await Promise.all([
    imageManifests({ digest, size }, described),
    closureKey({ image, architecture, maxStoreLayers, popularity: { hash: shape.popularity }, compression }),
  ]);
  const { contents } = described;
  return {
    closureHash,
    layerCount: all.length,
    root: packed,
    config: { digest, json: described.config },
    contents,
    manifests,
  };
}

function checkShape({ format, compression }: ImageShape): void {
  if (format !== FORMAT_VERSION) throw new CannotAssemble("the origin makes images of another format");
  if (compression !== "gzip") throw new CannotAssemble(`the edge cannot compress with ${compression}`);
}

function sumOf(trees: readonly Tree[]): number {
  return trees.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}
