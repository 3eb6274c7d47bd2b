import { NO_SWEEPS } from "../../../origin/sweeps/sweep-guard.ts";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { bundleHash } from "../../../image/bundles/bundle-hash.ts";
import type { Bundle } from "../../../image/bundles/bundle.ts";
import { decodeBundle, MAX_BUNDLE_BYTES } from "../../../image/bundles/bundle-record.ts";
import type { ImageClosure } from "../../../image/closure/image-closure.ts";
import type { StorePath } from "../../../image/closure/store-path.ts";
import type { Layer } from "../../../image/layers/layer.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { createBundleStore } from "../../../origin/bundles/bundle-store.ts";
import { type BundleOutcome, type BundledImage, createBundler } from "../../../origin/bundles/bundler.ts";
import { createLayerStore } from "../../../origin/layers/layer-store.ts";
import type { Packer } from "../../../origin/packing/packer.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { type ObjectStore, readBytes } from "../../../origin/stores/object-store.ts";
import { blobKey, bundleKey } from "../../../protocol/storage-keys.ts";
import { pathOf, rootOf, storePath } from "../../image/layers/grouping.ts";
import { bytesEntry } from "../../image/tar/entries.ts";
import { treeWith } from "../../image/trees/entries.ts";

const KIB = 1024;
const PATHS = [
  storePath("git", 28_000 * KIB, ["perl", "zlib"]),
  storePath("perl", 300 * KIB),
  storePath("zlib", 60 * KIB),
  storePath("htop", 250 * KIB, ["zlib"]),
];
const SHAPE = { format: 8, maxStoreLayers: 100, compression: "gzip", popularity: NO_POPULARITY.hash } as const;

/** An image of some of the packages `git` and `htop`. */
export function imageOf(...names: readonly string[]): ImageClosure {
  const packages = names.map((name) => ({ ...rootOf(name), name }));
  const wanted = new Set(names.map((name) => pathOf(name)));
  for (const path of wanted)
    for (const reference of PATHS.find((known) => known.path === path)?.references ?? []) wanted.add(reference);
  return { packages, closure: PATHS.filter(({ path }) => wanted.has(path)) };
}

interface Changes {
  readonly put?: (key: string) => Promise<void>;
  readonly giveWay?: (signal: AbortSignal) => Promise<void>;
  readonly shape?: Partial<typeof SHAPE | { readonly maxStoreLayers: number }>;
  readonly tree?: BundledImage["paths"]["tree"];
}

/** A bundler on real stores. Each layer is packed from a text in place of the files of a store path. */
export async function setUp(directory: string, packer: Packer, changes: Changes = {}) {
  const disk = createDiskStore(join(directory, "objects"));
  const puts: string[] = [];
  const reads: string[] = [];
  const store: ObjectStore = {
    ...disk,
    open(key) {
      reads.push(key);
      return disk.open(key);
    },
    async put(key, ...rest) {
      await changes.put?.(key);
      await disk.put(key, ...rest);
      puts.push(key);
    },
  };
  const spoolDirectory = join(directory, "spool");
  await mkdir(spoolDirectory, { recursive: true });
  const packed: number[] = [];
  const onLayer = ({ size, work }: Layer & { readonly work: unknown }) => {
    if (work) packed.push(size);
  };
  const layers = createLayerStore({
    store,
    blobs: createBlobPresence(store, Date.now),
    packer,
    spoolDirectory,
    onLayer,
  });
  const outcomes: BundleOutcome[] = [];
  const failures: unknown[] = [];
  const stop = new AbortController();
  const shape = { ...SHAPE, ...changes.shape };
  const bundler = createBundler({
    bundles: createBundleStore(store, Date.now),
    sweeps: NO_SWEEPS,
    shape,
    popularity: NO_POPULARITY,
    giveWay: changes.giveWay ?? (async (signal) => signal.throwIfAborted()),
    signal: stop.signal,
    onOutcome: (outcome) => outcomes.push(outcome),
    onFailure: (error) => failures.push(error),
  });
  const paths = {
    layer: (group: readonly StorePath[]) => ({
      content: { kind: "entries", entries: group.map(({ path }) => bytesEntry(path.slice(1), path)) } as const,
    }),
    tree: changes.tree ?? (async (path: string) => treeWith({ "share/name": { link: path } })),
  };
  const image = (closure: ImageClosure, hold?: BundledImage["hold"]) => ({
    closure,
    paths,
    layers: layers.forImage(),
    hold,
  });
  const hashOf = (name: string) => bundleHash([{ attribute: name, path: pathOf(name) }], shape);
  return {
    bundler,
    image,
    store,
    puts,
    reads,
    packed,
    outcomes,
    failures,
    stop,
    bundleOf: async (name: string): Promise<Bundle | undefined> => {
      const record = await readBytes(disk, bundleKey(await hashOf(name)), MAX_BUNDLE_BYTES);
      return record && decodeBundle(record);
    },
    keyOf: async (name: string) => bundleKey(await hashOf(name)),
  };
}

/** The keys of the blobs that a bundle names. */
export function blobsOf({ solos, rests }: Bundle): string[] {
  return [...solos.values(), ...rests.values()].map(({ digest }) => blobKey(digest));
}
