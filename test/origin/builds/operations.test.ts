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
import { EVALUATION, openNotes, REQUEST } from "./known-image.ts";

const HASH = "0".repeat(64);
/** Large enough to be a layer of its own. */
const LAYER_BYTES = 1_000_000;

test("a build without known layers takes the operations of docs/cost.md", async ({ directory }) => {
  const { store, counts } = countStore(createDiskStore(join(directory, "objects")));
  const spoolDirectory = join(directory, "spool");
  await mkdir(spoolDirectory);
  // The root layer is one of them.
  const names = Array.from({ length: LAYERS - 1 }, (_, index) => `path-${index}`);
  const trees = await Promise.all(names.map((name) => writeTree(join(directory, name), { [`bin/${name}`]: name })));
  const blobs = createBlobPresence(store, Date.now);
  const packer = createPacker({ compressors: 1, compression: "gzip" });
  const layerStore = createLayerStore({ store, blobs, packer, spoolDirectory });
  await layerStore.prepare();
  counts.reads = 0;
  counts.writes = 0;
  // The steps of `buildImage`, without Nix.
  await findRequest(store, HASH);
  const imageLayers = layerStore.forImage();
  await findImage({ store, blobs }, HASH);
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
  expect(layers).toHaveLength(LAYERS);
  await imageLayers.list();
  const contents = imageContents({ packages: [], closure, layers });
  const image = Promise.resolve({ config: "{}", layers, compression: "gzip", contents } as const);
  const manifests = await writeImage({ store, blobs }, image, stored);
  await writeImageRecord({ store, blobs }, HASH, manifests);
  await writeRequest(store, HASH, HASH);
  await putRecord(store, "tags/x", {});
  const notes = openNotes({ nix: {}, maxStoreLayers: 100, compression: "gzip", maxImageBytes: 1 }, store);
  const revision = { revision: "r1", isExact: true };
  await notes.names.note(REQUEST, revision, EVALUATION);
  await notes.refs.note("latest", revision, new Date().toISOString());
  await packer.close();
  expect(counts).toEqual({ reads: ORIGIN.build.r2Reads, writes: ORIGIN.build.r2Writes });
});
