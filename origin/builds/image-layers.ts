import { createHash } from "node:crypto";
import type { BuildListener } from "../../protocol/build-events.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { FORMAT_VERSION } from "../../image/layers/format-version.ts";
import { describeGroup, type LayerGroup, ROOT_DESCRIPTION } from "../../image/layers/layer-group.ts";
import { layerHash } from "../../image/keys/layer-key.ts";
import type { DescribedLayer } from "../../image/layers/layer.ts";
import type { PathSource } from "../paths/path-source.ts";
import type { EnsuredLayer, ImageLayerStore, LayerSource } from "../layers/layer-store.ts";
import type { LayerWithWork, LayerWork } from "../layers/pack-layer.ts";
import { plainLine } from "../../protocol/plain-text.ts";
import type { TarEntry } from "../../image/tar/tar-entry.ts";
import type { RootLayer } from "../../image/root/root-layer.ts";

interface ImageLayersInput {
  /** The result of `groupLayers`. */
  readonly groups: readonly LayerGroup[];
  readonly paths: Pick<PathSource, "layer" | "onLayer">;
  /** The root layer's entries. They are read while store paths are packed. */
  readonly rootLayer: Promise<RootLayer>;
  readonly layers: Pick<ImageLayerStore, "ensure">;
  /** The compression of the layer store. */
  readonly compression: LayerCompression;
  /** Gets an event for each finished layer, and a summary of the work at the end. */
  readonly onEvent: BuildListener;
  readonly signal: AbortSignal;
}

/** The log has a line for each clash, but two big trees can have thousands. */
const MAX_LOGGED = 20;

/** The layers of an image, from bottom to top: single store paths, the largest first; small ones together; the root. */
export interface ImageLayersUnderWay {
  /** All layers are found or packed. So all digests are known. */
  readonly packed: Promise<DescribedLayer[]>;
  /** The store has all layers. If one fails, this rejects when the others have stopped. */
  readonly stored: Promise<(DescribedLayer & LayerWithWork)[]>;
}

/** Packs and uploads the layers that are not known yet. */
export function ensureImageLayers(input: ImageLayersInput): ImageLayersUnderWay {
  const { compression } = input;
  const storeLayers = input.groups.map((group) => storeLayer(group, input.paths, compression));
  // The hashes are ready in any order. The layers are packed in their own order, the largest first.
  const allHashed = Promise.all(storeLayers);
  // The first failure stops the other layers.
  const failure = new AbortController();
  const signal = AbortSignal.any([input.signal, failure.signal]);
  const begun = [...storeLayers, describeRootLayer(input)].map(async (described) => {
    const [{ description, group, ...source }] = await Promise.all([described, allHashed]);
    const { packed, stored } = input.layers.ensure(source, signal);
    packed.then(
      () => input.paths.onLayer?.(group),
      (error: unknown) => input.paths.onLayer?.(group, error),
    );
    return { packed, stored, about: { description, paths: group.map(({ path }) => path) } };
  });
  const packed = Promise.all(
    begun.map(async (begin) => {
      const layer = await begin;
      return { ...(await layer.packed), ...layer.about };
    }),
  );
  // `stored` reports the same failure.
  packed.catch(() => undefined);
  return { packed, stored: allStored(input, begun, failure) };
}

interface BegunLayer extends EnsuredLayer {
  readonly about: Pick<DescribedLayer, "description" | "paths">;
}

async function allStored(
  { onEvent }: ImageLayersInput,
  begun: readonly Promise<BegunLayer>[],
  failure: AbortController,
): Promise<(DescribedLayer & LayerWithWork)[]> {
  const total = begun.length;
  const layers = begun.map(async (begin, index) => {
    try {
      const { stored, about } = await begin;
      const layer = await stored;
      const { digest, size, work } = layer;
      onEvent({
        event: "layer",
        index,
        total,
        description: about.description,
        digest,
        size,
        known: work === undefined,
      });
      return { ...layer, ...about };
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  // Wait for all layers. Otherwise a layer would still be written after the end of the build.
  await Promise.allSettled(layers);
  // Throw the first failure. Later ones only say that they were stopped.
  failure.signal.throwIfAborted();
  const stored = await Promise.all(layers);
  onEvent({ event: "log", line: describeWork(stored) });
  return stored;
}

/** Times are sums over all layers. Layers overlap, so a sum may exceed the time that passed. */
function describeWork(layers: readonly LayerWithWork[]): string {
  const packed = layers.filter(({ work }) => work !== undefined);
  const sum = (value: (layer: LayerWithWork) => number) => packed.reduce((total, layer) => total + value(layer), 0);
  const seconds = (value: (work: LayerWork) => number) =>
    `${(sum(({ work }) => (work ? value(work) : 0)) / 1000).toFixed(2)} s`;
  const megabytes = (sum(({ size }) => size) / 1e6).toFixed(1);
  return (
    `${packed.length} layers packed, ${layers.length - packed.length} known; ${megabytes} MB compressed; ` +
    `in total, packing took ${seconds(({ packMs }) => packMs)} and uploading ${seconds(({ uploadMs }) => uploadMs)}`
  );
}

interface DescribedSource extends LayerSource {
  readonly description: string;
  /** The store paths in the layer. */
  readonly group: LayerGroup;
}

async function storeLayer(
  group: LayerGroup,
  paths: Pick<PathSource, "layer">,
  compression: LayerCompression,
): Promise<DescribedSource> {
  const hash = await layerHash(group, compression);
  return { hash, ...paths.layer(group), description: describeGroup(group), group };
}

async function describeRootLayer({ rootLayer, onEvent, compression }: ImageLayersInput): Promise<DescribedSource> {
  const { entries, clashes, ignored } = await rootLayer;
  const lines = [
    ...firstOf(clashes, ({ path, winner, loser }) => `/${path} is ${winner} and hides ${loser}`, "files are hidden"),
    ...firstOf(ignored, ({ root, text }) => `an image cannot have what ${root} declares: ${text}`, "lines are ignored"),
  ];
  // A name may hold any character.
  for (const line of lines) onEvent({ event: "log", line: plainLine(line) });
  const hash = rootLayerHash(entries, compression);
  return { hash, content: { kind: "entries", entries }, description: ROOT_DESCRIPTION, group: [] };
}

/** `what`: says what happens to the others, which get no line of their own. */
function firstOf<Item>(items: readonly Item[], describe: (item: Item) => string, what: string): string[] {
  const lines = items.slice(0, MAX_LOGGED).map(describe);
  return items.length > MAX_LOGGED ? [...lines, `${items.length - MAX_LOGGED} more ${what}`] : lines;
}

/** A store path's name identifies its contents. The root layer has no such name, so its contents are hashed. */
function rootLayerHash(entries: readonly TarEntry[], compression: LayerCompression): string {
  const hash = createHash("sha256").update(`cornice root layer ${FORMAT_VERSION} ${compression}\n`);
  for (const entry of entries) {
    const { type, name } = entry;
    const rest = "target" in entry ? entry.target : entry.mode;
    const owner = "owner" in entry ? entry.owner : undefined;
    hash.update(`${JSON.stringify([type, name, rest, owner])}\n`);
    if (type === "file" && entry.content.kind === "bytes") hash.update(entry.content.bytes);
  }
  return hash.digest("hex");
}
