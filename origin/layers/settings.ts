import type { Settings } from "../system/settings.ts";
import { parsePopularityUrl } from "./popularity-file.ts";

/** How store paths are grouped into layers, and which layers stay on the machine. */
export interface LayerSettings {
  /** The origin reads the popularity of packages here when it starts. */
  readonly popularityUrl: URL | undefined;
  /** The most bytes of kept layers. The origin may use their parts again for later layers. 0 keeps none. */
  readonly maxKeptBytes: number;
}

const MIB = 1_048_576;

export function parseLayers(settings: Settings): LayerSettings {
  return {
    popularityUrl: parsePopularityUrl(settings),
    maxKeptBytes: MIB * settings.mebibytes("CORNICE_KEPT_MIB", { fallback: 2048, min: 0 }),
  };
}
