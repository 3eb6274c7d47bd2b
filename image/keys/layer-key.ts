import { sha256Hex } from "../../protocol/hex.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { FORMAT_VERSION } from "../layers/format-version.ts";
import type { LayerGroup } from "../layers/layer-group.ts";

/** Layers with the same hash have the same bytes, because a store path's name holds a hash of its contents. */
export function layerHash(group: LayerGroup, compression: LayerCompression): Promise<string> {
  const lines = [`cornice layer ${FORMAT_VERSION} ${compression}`, ...group.map(({ path }) => path)];
  return sha256Hex(`${lines.join("\n")}\n`);
}
