import type { LayerCompression } from "../../protocol/media-types.ts";
import type { Settings } from "../system/settings.ts";

/** How layers are packed. */
export interface PackingSettings {
  /** Threads that compress layers. */
  readonly packers: number;
  readonly compression: LayerCompression;
}

/** `cpus` is the default number of threads. */
export function parsePacking(settings: Settings, cpus: number): PackingSettings {
  return {
    packers: settings.integer("CORNICE_PACKERS", { fallback: cpus, min: 1, max: 64 }),
    compression: settings.oneOf("CORNICE_COMPRESSION", ["gzip", "zstd"]),
  };
}
