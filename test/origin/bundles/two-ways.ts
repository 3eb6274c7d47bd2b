import { NO_SWEEPS } from "../../../origin/sweeps/sweep-guard.ts";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { assembleImage } from "../../../image/assembly/assemble-image.ts";
import { bundleHash } from "../../../image/bundles/bundle-hash.ts";
import { decodeBundle, MAX_BUNDLE_BYTES } from "../../../image/bundles/bundle-record.ts";
import type { Bundle } from "../../../image/bundles/bundle.ts";
import type { ImageClosure, PackageRoot } from "../../../image/closure/image-closure.ts";
import type { ImageManifests } from "../../../image/description/manifest.ts";
import { closureKey } from "../../../image/keys/closure-key.ts";
import { FORMAT_VERSION } from "../../../image/layers/format-version.ts";
import { reachedBy } from "../../../image/layers/package-parts.ts";
import { type HashedPopularity, hashPopularity } from "../../../image/layers/popularity.ts";
import { imageOfClosure } from "../../../origin/builds/closure-image.ts";
import { createBundleStore } from "../../../origin/bundles/bundle-store.ts";
import { createBundler } from "../../../origin/bundles/bundler.ts";
import { createLayerStore } from "../../../origin/layers/layer-store.ts";
import { COMPRESSORS } from "../../../origin/packing/compression.ts";
import type { Packer } from "../../../origin/packing/packer.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { type ObjectStore, readBytes } from "../../../origin/stores/object-store.ts";
import { imageContentsJson } from "../../../protocol/image-contents.ts";
import { parseManifestText } from "../../../protocol/manifest.ts";
import type { ImageShape } from "../../../protocol/ref-record.ts";
import { blobKey, bundleKey, contentsKey } from "../../../protocol/storage-keys.ts";
import type { PackageSet } from "./random-packages.ts";
import type { WrittenPaths } from "./written-paths.ts";

/** A package set whose images are made. */
export interface Making {
  readonly set: PackageSet;
  readonly paths: WrittenPaths;
  readonly packer: Packer;
  /** For the origins' folders. */
  readonly directory: string;
}

/** An image as its readers see it. */
export interface MadeImage {
  readonly closureHash: string;
  readonly manifests: ImageManifests;
  /** Texts. */
  readonly config: string;
  readonly contents: string;
  /** The bytes of the root layer. */
  readonly root: Uint8Array;
}

const COMPRESSION = "gzip";
const MAX_OBJECT_BYTES = 16_777_216;
const NEVER = new AbortController().signal;

/** Makes the image of all packages, in an origin that has packed nothing before. */
export async function madeByOrigin(making: Making): Promise<MadeImage> {
  const { architecture, maxStoreLayers, packages } = making.set;
  const origin = await openOrigin(making, "combination");
  const image = closureOf(packages, making.paths);
  const { manifests } = await origin.build(image);
  const manifest = parseManifestText(manifests.oci.json);
  const rootLayer = manifest?.layers.at(-1);
  if (!manifest || !rootLayer) throw new Error("the manifest has no layers");
  const read = (key: string) => readObject(origin.store, key);
  const { popularity } = origin;
  return {
    closureHash: await closureKey({ image, architecture, maxStoreLayers, popularity, compression: COMPRESSION }),
    manifests,
    config: String(await read(blobKey(manifest.config.digest))),
    contents: String(await read(contentsKey(manifests.oci.digest))),
    root: await read(blobKey(rootLayer.digest)),
  };
}

/** Makes an image of each requested package alone, in another origin. Returns the bundles that this origin writes. */
export async function bundlesOfPackages(making: Making): Promise<Bundle[]> {
  const { paths, set } = making;
  const origin = await openOrigin(making, "alone");
  const shape = shapeOf(set, origin.popularity);
  const failures: unknown[] = [];
  const bundler = createBundler({
    bundles: createBundleStore(origin.store, Date.now),
    sweeps: NO_SWEEPS,
    shape,
    popularity: origin.popularity,
    giveWay: async () => {},
    signal: NEVER,
    onOutcome: () => {},
    onFailure: (error) => failures.push(error),
  });
  const always = set.packages.filter(({ requested }) => !requested);
  const outputs = [...Map.groupBy(set.packages, ({ attribute }) => attribute).values()];
  for (const roots of outputs.filter((all) => all.every(({ requested }) => requested))) {
    const closure = closureOf([...roots, ...always], paths);
    const { layers } = await origin.build(closure);
    bundler.add({ closure, paths: paths.source, layers });
  }
  await bundler.finished();
  if (failures.length > 0) throw new AggregateError(failures, "bundles failed");
  return Promise.all(outputs.map(async (roots) => readBundle(origin.store, await bundleHash(roots, shape))));
}

/** Puts the image of all packages together. Throws as `assembleImage` does. */
export async function madeAtEdge({ set }: Making, bundles: readonly Bundle[]): Promise<MadeImage> {
  const { packages, architecture } = set;
  const shape = shapeOf(set, await hashPopularity(set.popularity));
  const image = await assembleImage(
    { packages, architecture, shape, bundles, maxImageBytes: Infinity },
    { compress: COMPRESSORS.gzip, findTree: async () => undefined, findLayers: async () => new Map() },
  );
  const { closureHash, manifests, config, contents, root } = image;
  return {
    closureHash,
    manifests,
    config: config.json,
    contents: JSON.stringify(imageContentsJson(contents)),
    root: root.bytes,
  };
}

function shapeOf({ maxStoreLayers }: PackageSet, popularity: HashedPopularity): ImageShape {
  return { format: FORMAT_VERSION, maxStoreLayers, compression: COMPRESSION, popularity: popularity.hash };
}

async function openOrigin({ set, paths, packer, directory }: Making, name: string) {
  const { architecture, maxStoreLayers } = set;
  const spoolDirectory = join(directory, `${name}-spool`);
  await mkdir(spoolDirectory);
  const store = createDiskStore(join(directory, `${name}-store`));
  const blobs = createBlobPresence(store, Date.now);
  const popularity = await hashPopularity(set.popularity);
  const context = { store, blobs, popularity, config: { maxStoreLayers, compression: COMPRESSION } } as const;
  const layerStore = createLayerStore({ store, blobs, packer, spoolDirectory });
  const build = async (closure: ImageClosure) => {
    const layers = layerStore.forImage();
    const run = { onEvent: () => {}, signal: NEVER };
    const sweep = await NO_SWEEPS.begin();
    return {
      layers,
      manifests: await imageOfClosure(context, { closure, paths: paths.source, architecture, layers, sweep }, run),
    };
  };
  return { store, popularity, build };
}

function closureOf(packages: readonly PackageRoot[], { closure }: WrittenPaths): ImageClosure {
  const reached = reachedBy(packages, new Map(closure.map(({ path, references }) => [path, references])));
  return { packages, closure: closure.filter(({ path }) => reached.has(path)) };
}

async function readBundle(store: ObjectStore, hash: string): Promise<Bundle> {
  const record = await readBytes(store, bundleKey(hash), MAX_BUNDLE_BYTES);
  const bundle = record && (await decodeBundle(record));
  if (!bundle) throw new Error("the origin wrote no bundle");
  return bundle;
}

async function readObject(store: ObjectStore, key: string): Promise<Buffer> {
  const bytes = await readBytes(store, key, MAX_OBJECT_BYTES);
  if (!bytes) throw new Error(`${key} is missing`);
  return bytes;
}
