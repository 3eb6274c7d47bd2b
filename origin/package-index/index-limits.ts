import { MIN_NIX_MIB, type NixSettings } from "../nix/settings.ts";
import type { SourceSettings } from "../sources/settings.ts";
import type { Settings } from "../system/settings.ts";

/** The settings that listing the packages of a source takes. */
export interface IndexSettings extends SourceSettings {
  readonly nix: NixSettings;
  readonly limits: IndexLimits;
}

/** Of evaluating a whole package set. */
export interface IndexLimits {
  readonly timeoutS: number;
  /** What one process of Nix may take of the address space. */
  readonly memoryMib: number;
}

export function parseIndexLimits(settings: Settings): IndexLimits {
  return {
    timeoutS: settings.integer("CORNICE_INDEX_TIMEOUT", { fallback: 1800, min: 1, max: 86_400 }),
    memoryMib: settings.mebibytes("CORNICE_INDEX_MEMORY", { fallback: 4096, min: MIN_NIX_MIB }),
  };
}
