import { type StorePath, storePathName } from "../closure/store-path.ts";
import { compareText } from "../../protocol/compare-text.ts";

/** The store paths of one layer, sorted by name, then hash. */
export type LayerGroup = readonly StorePath[];

/** By name, then hash: paths of one package stay neighbours when their hashes change. */
export function compareByName(a: StorePath, b: StorePath): number {
  return compareText(storePathName(a.path), storePathName(b.path)) || compareText(a.path, b.path);
}

/** What the layer of a group holds, in a few words. */
export function describeGroup(group: LayerGroup): string {
  const [first] = group;
  return first && group.length === 1 ? storePathName(first.path) : `${group.length} store paths`;
}

/** What the last layer of an image holds. */
export const ROOT_DESCRIPTION = "root";
