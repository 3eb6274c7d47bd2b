import type { Settings } from "../system/settings.ts";

/** Whether the origin makes the bundles of the packages that it builds. */
export function parseBundles(settings: Settings): boolean {
  return settings.oneOf("CORNICE_BUNDLES", ["on", "off"]) === "on";
}
