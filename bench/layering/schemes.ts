import { groupLayers, type GroupingInput } from "../../image/layers/group-layers.ts";
import type { LayerGroup } from "../../image/layers/layer-group.ts";
import type { Popularity } from "../../image/layers/popularity.ts";
import type { StorePath } from "../../image/closure/store-path.ts";
import { compareText } from "../../protocol/compare-text.ts";

export type Image = Pick<GroupingInput, "closure" | "roots">;

/** A way to divide an image into layers. */
export interface Scheme {
  readonly name: string;
  group(image: Image, maxStoreLayers: number): readonly LayerGroup[];
}

export function cornice(name: string, popularity: Popularity): Scheme {
  return {
    name,
    group: (image, maxStoreLayers) => groupLayers({ ...image, popularity, maxStoreLayers }),
  };
}

export const LARGEST_FIRST: Scheme = {
  name: "largest first, one rest",
  group: ({ closure }, maxStoreLayers) =>
    firstAlone(
      closure.toSorted((a, b) => b.narSize - a.narSize || compareText(a.path, b.path)),
      maxStoreLayers,
    ),
};

/** The paths that most other paths need come first, as in nixpkgs' dockerTools and Nixery. */
export const MOST_NEEDED_FIRST: Scheme = {
  name: "most needed first, one rest",
  group({ closure }, maxStoreLayers) {
    const needed = countDependents(closure);
    const count = ({ path }: StorePath) => needed.get(path) ?? 0;
    return firstAlone(
      closure.toSorted((a, b) => count(b) - count(a) || compareText(a.path, b.path)),
      maxStoreLayers,
    );
  },
};

function firstAlone(sorted: readonly StorePath[], maxStoreLayers: number): LayerGroup[] {
  const alone = sorted.length <= maxStoreLayers ? sorted.length : maxStoreLayers - 1;
  const rest = sorted.slice(alone).toSorted((a, b) => compareText(a.path, b.path));
  return [...sorted.slice(0, alone).map((path) => [path]), ...(rest.length > 0 ? [rest] : [])];
}

/** How many paths need each, directly or through others. */
function countDependents(closure: readonly StorePath[]): ReadonlyMap<string, number> {
  const references = new Map(closure.map(({ path, references: needed }) => [path, needed]));
  const counts = new Map<string, number>();
  for (const { path } of closure) {
    const seen = new Set([path]);
    // A set is iterated in insertion order, and includes what is added meanwhile.
    for (const next of seen) {
      counts.set(next, (counts.get(next) ?? 0) + 1);
      for (const needed of references.get(next) ?? []) seen.add(needed);
    }
  }
  return counts;
}
