import { sha256Hex } from "../../protocol/hex.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { FORMAT_VERSION } from "../layers/format-version.ts";
import type { LayerGroup } from "../layers/group-layers.ts";

/** Two layers with the same hash have the same bytes: their store paths, whose names hold a hash of their contents. */
export function layerHash(group: LayerGroup, compression: LayerCompression): Promise<string> {
  const lines = [`cornice layer ${FORMAT_VERSION} ${compression}`, ...group.map(({ path }) => path)];
  return sha256Hex(`${lines.join("\n")}\n`);
}
