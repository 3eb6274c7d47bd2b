import { compareText, type StorePath } from "../nix/store-path.ts";

/** The store paths of one layer, sorted. */
export type LayerGroup = readonly StorePath[];

/**
 * Divides a closure into at most `maxLayers` layers: the largest paths alone, the rest together.
 * Each path is in exactly one layer, and the order of the closure makes no difference.
 *
 *     sizes 50 9 7 2 1, maxLayers 3  ->  [50] [9] [7 2 1]
 */
export function groupLayers(closure: readonly StorePath[], maxLayers: number): LayerGroup[] {
  const sorted = closure.toSorted((a, b) => b.narSize - a.narSize || compareText(a.path, b.path));
  const soloCount = sorted.length <= maxLayers ? sorted.length : maxLayers - 1;
  const solos = sorted.slice(0, soloCount).map((path) => [path]);
  const rest = sorted.slice(soloCount).toSorted((a, b) => compareText(a.path, b.path));
  return rest.length === 0 ? solos : [...solos, rest];
}
