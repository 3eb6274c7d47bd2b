import { MAX_IMAGE_LAYERS } from "../../protocol/manifest.ts";
import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import type { Settings } from "../system/settings.ts";

/** How large an image may be, and how many builds run. */
export interface BuildSettings {
  /** The most packages that one image may have. */
  readonly maxPackages: number;
  /** The most uncompressed bytes of all store paths of an image. */
  readonly maxImageBytes: number;
  /** The most images that are evaluated, built and packed at a time. */
  readonly maxBuilds: number;
  /** The most layers of an image beside the root layer. */
  readonly maxStoreLayers: number;
}

const MIB = 1_048_576;
/** With the root layer, this leaves 24 layers for an image that is built on ours. */
const DEFAULT_MAX_STORE_LAYERS = 100;
/** The root layer is one more. */
const MAX_STORE_LAYERS = MAX_IMAGE_LAYERS - 1;

/** By default, one build more than `cpus` runs at a time. */
export function parseBuilds(settings: Settings, cpus: number): BuildSettings {
  return {
    maxPackages: parseMaxPackages(settings),
    maxImageBytes: MIB * settings.mebibytes("CORNICE_MAX_IMAGE_MIB", { fallback: 8192, min: 1 }),
    maxBuilds: settings.integer("CORNICE_MAX_BUILDS", { fallback: cpus + 1, min: 1, max: 256 }),
    maxStoreLayers: settings.integer("CORNICE_MAX_LAYERS", {
      fallback: DEFAULT_MAX_STORE_LAYERS,
      min: 1,
      max: MAX_STORE_LAYERS,
    }),
  };
}

/** The Worker must have the same setting. */
export function parseMaxPackages(settings: Settings): number {
  return settings.integer("CORNICE_MAX_PACKAGES", SHARED_SETTINGS.maxPackages);
}
