import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { LAYERS, ORIGIN } from "../../../bench/cost/operations.ts";
import { ensureImageLayers } from "../../../origin/builds/image-layers.ts";
import { findRequest, writeRequest } from "../../../origin/builds/request-record.ts";
import { imageContents } from "../../../image/description/image-contents.ts";
import { findImage, writeImage, writeImageRecord } from "../../../origin/builds/stored-image.ts";
import { groupLayers } from "../../../image/layers/group-layers.ts";
import { createLayerStore } from "../../../origin/layers/layer-store.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { createPacker } from "../../../origin/packing/packer.ts";
import { LOCAL_LAYERS } from "../../../origin/paths/path-source.ts";
import { rootLayer } from "../../../image/root/root-layer.ts";
import { StoreFiles } from "../../../image/root/store-files.ts";
import { DISK_TREES } from "../../../origin/root/disk-trees.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { putRecord } from "../../../origin/stores/object-store.ts";
import { test, writeTree } from "../fixtures.ts";
import { countStore } from "../stores/counted-store.ts";
import { countedGuard } from "../sweeps/counted-guard.ts";
import { EVALUATION, openNotes, REQUEST } from "./known-image.ts";

/** Large enough to be a layer of its own. */
const LAYER_BYTES = 1_000_000;

/** The root layer is one of them. */
const STORE_LAYERS = LAYERS - 1;

/** An origin with an empty store that counts. */
async function openOrigin(directory: string) {
  const { store, counts } = countStore(createDiskStore(join(directory, "objects")));
  const { guard: sweeps, passTime } = countedGuard(store, counts);
  const spoolDirectory = join(directory, "spool");
  await mkdir(spoolDirectory);
  const blobs = createBlobPresence(store, Date.now);
  const packer = createPacker({ compressors: 1, compression: "gzip" });
  const layerStore = createLayerStore({ store, blobs, packer, sweeps, spoolDirectory });
  await layerStore.prepare();
  const notes = openNotes({ nix: {}, maxStoreLayers: 100, compression: "gzip", maxImageBytes: 1 }, store);
  return { store, counts, blobs, packer, layerStore, notes, sweeps, passTime };
}

type Origin = Awaited<ReturnType<typeof openOrigin>>;

/** Counts the steps of `buildImage`, without Nix. `hash` stands for the request and for the closure. */
async function countBuild(origin: Origin, trees: readonly string[], hash: string) {
  const { store, counts, blobs, layerStore, notes } = origin;
  origin.passTime();
  counts.reads = 0;
  counts.writes = 0;
  await origin.sweeps.begin();
  await findRequest(store, hash);
  const imageLayers = layerStore.forImage();
  await findImage({ store, blobs }, hash);
  const closure = trees.map((path) => ({ path, narSize: LAYER_BYTES, references: [] }));
  const { stored } = ensureImageLayers({
    groups: groupLayers({
      closure,
      roots: [],
      popularity: NO_POPULARITY,
      maxStoreLayers: 100,
    }),
    paths: LOCAL_LAYERS,
    rootLayer: Promise.resolve(rootLayer(trees, new StoreFiles(DISK_TREES, trees))),
    layers: imageLayers,
    compression: "gzip",
    onEvent: () => undefined,
    signal: new AbortController().signal,
  });
  const layers = await stored;
  expect(layers).toHaveLength(trees.length + 1);
  await imageLayers.list();
  const contents = imageContents({ packages: [], closure, layers });
  const image = Promise.resolve({ config: hash, layers, compression: "gzip", contents } as const);
  const manifests = await writeImage({ store, blobs }, image, stored);
  await writeImageRecord({ store, blobs }, hash, manifests);
  await writeRequest(store, hash, hash);
  await putRecord(store, `tags/${hash}`, {});
  const revision = { revision: "r1", isExact: true };
  await notes.names.note(REQUEST, revision, EVALUATION);
  await notes.refs.note("latest", revision, new Date().toISOString());
  return { ...counts };
}

function writeTrees(directory: string): Promise<string[]> {
  const names = Array.from({ length: STORE_LAYERS }, (_, index) => `path-${index}`);
  return Promise.all(names.map((name) => writeTree(join(directory, name), { [`bin/${name}`]: name })));
}

test("a build takes the operations of docs/cost.md, without known layers and with them", async ({ directory }) => {
  const trees = await writeTrees(directory);
  const origin = await openOrigin(directory);
  const { build, combination } = ORIGIN;
  expect(await countBuild(origin, trees, "0".repeat(64))).toEqual({ reads: build.r2Reads, writes: build.r2Writes });
  const counts = await countBuild(origin, trees.slice(1), "1".repeat(64));
  expect(counts).toEqual({ reads: combination.r2Reads, writes: combination.r2Writes });
  await origin.packer.close();
});
