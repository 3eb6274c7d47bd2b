import { join } from "node:path";
import { ensureImageLayers } from "../origin/builds/image-layers.ts";
import { groupLayers } from "../image/layers/group-layers.ts";
import { createLayerStore } from "../origin/layers/layer-store.ts";
import { NO_POPULARITY } from "../image/layers/popularity.ts";
import { createPacker } from "../origin/packing/packer.ts";
import { LOCAL_LAYERS } from "../origin/paths/path-source.ts";
import { createRootReader } from "../origin/root/root-reader.ts";
import { createBlobPresence } from "../origin/stores/blob-presence.ts";
import { createDiskStore } from "../origin/stores/disk-store.ts";
import { readImageClosure } from "./packed.ts";

/**
 * A separate process that packs one image as the origin does, into a disk store. Arguments: IMAGE.json DIRECTORY
 * COMPRESSORS gzip|zstd. Prints `{ peakBytes, packedBytes, seconds }`.
 */
const [imageFile = "", directory = "", compressors = "", compressionName = ""] = process.argv.slice(2);
const compression = compressionName === "zstd" ? "zstd" : "gzip";
const image = await readImageClosure(imageFile);
const store = createDiskStore(join(directory, "store"));
const packer = createPacker({ compressors: Number(compressors), compression });
const rootReader = createRootReader();
const blobs = createBlobPresence(store, Date.now);
const layers = createLayerStore({ store, blobs, packer, spoolDirectory: directory }).forImage();
const { signal } = new AbortController();
// Starts the threads before the measurement. In an origin they already run when a build begins.
await packer.pack({ kind: "entries", entries: [] }, join(directory, "empty"), signal);
const started = performance.now();
const packed = await ensureImageLayers({
  groups: groupLayers({
    closure: image.closure,
    roots: image.packages,
    popularity: NO_POPULARITY,
    maxStoreLayers: 100,
  }),
  paths: LOCAL_LAYERS,
  rootLayer: rootReader.read(image),
  layers,
  compression,
  onEvent: () => {},
  signal,
}).stored;
const seconds = (performance.now() - started) / 1000;
// Linux counts in KiB: https://nodejs.org/api/process.html#processresourceusage
const peakBytes = process.resourceUsage().maxRSS * 1024;
const packedBytes = packed.reduce((sum, { size }) => sum + size, 0);
console.log(JSON.stringify({ peakBytes, packedBytes, seconds }));
await Promise.all([packer.close(), rootReader.close()]);
