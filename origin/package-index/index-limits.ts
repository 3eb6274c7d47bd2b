import type { Settings } from "../system/settings.ts";

/** Of evaluating a whole package set. */
export interface IndexLimits {
  readonly timeoutS: number;
  /** What one process of Nix may take of the address space. */
  readonly memoryMib: number;
}

export function parseIndexLimits(settings: Settings): IndexLimits {
  return {
    timeoutS: settings.integer("CORNICE_INDEX_TIMEOUT", { fallback: 1800, min: 1, max: 86_400 }),
    memoryMib: settings.integer("CORNICE_INDEX_MEMORY", { fallback: 4096, min: 512, max: 1_048_576 }),
  };
}
