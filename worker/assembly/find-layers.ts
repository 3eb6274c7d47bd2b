import type { Layer } from "../../image/layers/layer.ts";
import { MAX_LAYER_LIST_BYTES, parseLayerList } from "../../image/layers/layer-list.ts";
import { LAYER_LIST_KEY } from "../../protocol/storage-keys.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { readStoredRecord } from "./stored-objects.ts";

/** Finds layers in the list of the layers that origins have packed last. */
export async function findListedLayers(
  config: AssemblySettings,
  hashes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Layer>> {
  const list = parseLayerList(await readStoredRecord(config, LAYER_LIST_KEY, MAX_LAYER_LIST_BYTES));
  const listed = list?.layers.filter(({ hash }) => hashes.has(hash)) ?? [];
  return new Map(listed.map(({ hash, digest, diffId, size }) => [hash, { digest, diffId, size }]));
}
