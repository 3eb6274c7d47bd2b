import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { ensureImageLayers } from "../origin/builds/image-layers.ts";
import { createLayerStore } from "../origin/layers/layer-store.ts";
import { NO_POPULARITY } from "../origin/layers/popularity.ts";
import type { PreparedImage } from "../origin/nix/prepare-image.ts";
import { packageRoots } from "../origin/root/package-roots.ts";
import { createDiskStore } from "../origin/stores/disk-store.ts";

/**
 * A process of its own that packs one image as the origin does, to a disk store: pack-closure.ts IMAGE.json
 * DIRECTORY PACKERS. Prints `{ peakBytes, packedBytes, seconds }`.
 */
const [imageFile = "", directory = "", packers = ""] = process.argv.slice(2);
const image: PreparedImage = JSON.parse(await readFile(imageFile, "utf8"));
const store = createDiskStore(join(directory, "store"));
const layers = createLayerStore({ store, spoolDirectory: directory, limit: pLimit(Number(packers)) });
const started = performance.now();
const packed = await ensureImageLayers({
  grouping: { closure: image.closure, roots: image.packages, popularity: NO_POPULARITY, maxStoreLayers: 100 },
  rootTrees: await packageRoots(image),
  layers,
  onLog: () => {},
  signal: new AbortController().signal,
});
const seconds = (performance.now() - started) / 1000;
// Linux counts in KiB: https://nodejs.org/api/process.html#processresourceusage
const peakBytes = process.resourceUsage().maxRSS * 1024;
const packedBytes = packed.reduce((sum, { size }) => sum + size, 0);
console.log(JSON.stringify({ peakBytes, packedBytes, seconds }));
