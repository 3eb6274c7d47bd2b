import { parseIndexTimeout } from "../index/settings.ts";
import { MIN_NIX_MIB, type NixSettings } from "../nix/settings.ts";
import type { SourceSettings } from "../sources/settings.ts";
import type { Settings } from "../system/settings.ts";

/** The settings for listing the packages of a source. */
export interface IndexSettings extends SourceSettings {
  readonly nix: NixSettings;
  readonly limits: IndexLimits;
  /** For the parts of a package set that are listed already. */
  readonly spoolDirectory: string;
}

/** Limits for evaluating a whole package set. */
export interface IndexLimits {
  readonly timeoutS: number;
  /** The address space that all Nix processes may take together. */
  readonly memoryMib: number;
  /** The most Nix processes at a time. */
  readonly processes: number;
  /** `npm start` looks again after this time whether the source has moved. */
  readonly intervalS: number;
}

/** A process of Nix that evaluates thousands of packages of nixpkgs needs about this much; MiB. */
const PROCESS_MIB = 2048;

/** There is one process for each of the `cpus`, if the memory is enough. */
export function parseIndexLimits(settings: Settings, cpus: number): IndexLimits {
  const memoryMib = settings.mebibytes("CORNICE_INDEX_MEMORY", { fallback: 4096, min: MIN_NIX_MIB });
  return {
    timeoutS: parseIndexTimeout(settings),
    memoryMib,
    processes: Math.max(1, Math.min(cpus, Math.floor(memoryMib / PROCESS_MIB))),
    intervalS: settings.integer("CORNICE_INDEX_INTERVAL", { fallback: 3600, min: 1, max: 604_800 }),
  };
}
