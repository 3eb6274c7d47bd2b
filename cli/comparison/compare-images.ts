import type { Descriptor } from "../../protocol/manifest.ts";
import { formatCount } from "../../protocol/format-count.ts";
import type { Digest } from "../../protocol/digest.ts";
import { parseJson } from "../../protocol/json-object.ts";
import { decompress } from "../../origin/nars/decompress.ts";
import { compareJson } from "./compare-json.ts";
import { compareLayers, type LayerDifference } from "./compare-layers.ts";

/** One of two builds of an image. */
export interface ComparedImage {
  readonly manifest: Digest;
  /** As JSON. */
  readonly config: string;
  /** Bottom to top. */
  readonly layers: readonly ComparedLayer[];
  /** Gives `read` the compressed bytes of a layer. */
  readonly openLayer: <T>(layer: Descriptor, read: (chunks: AsyncIterable<Uint8Array>) => Promise<T>) => Promise<T>;
}

export interface ComparedLayer extends Descriptor {
  readonly diffId: Digest;
  readonly format: "gzip" | "zstd" | "none";
  /** The name of its store path, or the number of its store paths. */
  readonly contents: string;
}

/** Where two builds of an image differ, in words. Empty if they have the same digest. */
export async function compareImages(registry: ComparedImage, here: ComparedImage): Promise<readonly string[]> {
  if (registry.manifest === here.manifest) return [];
  const layers = await differingLayer(registry, here);
  const config = compareJson(configOf(registry), configOf(here));
  const found = [layers, config === undefined ? undefined : `the config differs at ${config}`];
  const words = found.filter((each) => each !== undefined);
  return words.length > 0 ? words : ["config and layers have the same contents, written in another way"];
}

/** The diffIDs in the config repeat the layers. Layers say more about them. */
function configOf({ config }: ComparedImage): unknown {
  const image = parseJson(config);
  return typeof image === "object" && image !== null ? { ...image, rootfs: undefined } : image;
}

async function differingLayer(registry: ComparedImage, here: ComparedImage): Promise<string | undefined> {
  const count = Math.max(registry.layers.length, here.layers.length);
  for (let place = 0; place < count; place++) {
    const [a, b] = [registry.layers[place], here.layers[place]];
    if (a?.digest === b?.digest) continue;
    if (!a || !b) return `the registry's image has ${layersOf(registry)}, and this machine's has ${layersOf(here)}`;
    const name = `layer ${place + 1} of ${registry.layers.length} (${shown(a.contents)})`;
    return `${name}: ${await layerWords(registry, a, here, b)}`;
  }
  return undefined;
}

function layersOf({ layers }: ComparedImage): string {
  return formatCount(layers.length, "layer");
}

async function layerWords(
  registry: ComparedImage,
  a: ComparedLayer,
  here: ComparedImage,
  b: ComparedLayer,
): Promise<string> {
  if (a.diffId === b.diffId) return "the same files, compressed in another way";
  const difference = await registry.openLayer(a, (left) =>
    here.openLayer(b, (right) => compareLayers(decompress(a.format, left), decompress(b.format, right))),
  );
  const other = a.contents === b.contents ? "" : `; this machine has ${shown(b.contents)} in its place`;
  return `${difference ? differenceWords(difference) : "all files are equal, and the bytes between them differ"}${other}`;
}

function differenceWords({ storePath, file, what }: LayerDifference): string {
  const place = storePath === undefined ? "" : `store path ${storePath}, `;
  return `${place}file ${JSON.stringify(`/${file}`)}: ${what}`;
}

function shown(contents: string): string {
  return JSON.stringify(contents).slice(1, -1) || "without a name";
}
