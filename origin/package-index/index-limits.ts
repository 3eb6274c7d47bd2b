import { MIN_NIX_MIB, type NixSettings } from "../nix/settings.ts";
import type { SourceSettings } from "../sources/settings.ts";
import type { Settings } from "../system/settings.ts";

/** The settings for listing the packages of a source. */
export interface IndexSettings extends SourceSettings {
  readonly nix: NixSettings;
  readonly limits: IndexLimits;
}

/** Limits for evaluating a whole package set. */
export interface IndexLimits {
  readonly timeoutS: number;
  /** The address space that one Nix process may take. */
  readonly memoryMib: number;
  /** `npm start` looks again after this time whether the source has moved. */
  readonly intervalS: number;
}

export function parseIndexLimits(settings: Settings): IndexLimits {
  return {
    timeoutS: settings.integer("CORNICE_INDEX_TIMEOUT", { fallback: 1800, min: 1, max: 86_400 }),
    memoryMib: settings.mebibytes("CORNICE_INDEX_MEMORY", { fallback: 4096, min: MIN_NIX_MIB }),
    intervalS: settings.integer("CORNICE_INDEX_INTERVAL", { fallback: 3600, min: 1, max: 604_800 }),
  };
}
