import { packageName } from "../../image/layers/package-name.ts";
import { storePathName } from "../../image/closure/store-path.ts";
import { storePath } from "./debian-closures.ts";
import type { Image } from "./schemes.ts";
import { type Random, shuffled } from "./seeded-random.ts";

/** The share of an image's paths that an update of the package set changes. */
const CHANGED = 0.1;

/** Renews random packages and, as in Nix, all packages that need them: together a tenth of the paths. */
export function updateWithDependents(random: Random, image: Image): Image {
  const limit = changedCount(image);
  const dependents = new Map<string, string[]>();
  for (const { path, references } of image.closure) {
    for (const needed of references) dependents.set(needed, [...(dependents.get(needed) ?? []), path]);
  }
  const changed = new Set<string>();
  for (const { path } of shuffled(random, image.closure)) {
    // A set is iterated in insertion order, and includes what is added meanwhile.
    const along = new Set([path]);
    for (const next of along) for (const dependent of dependents.get(next) ?? []) along.add(dependent);
    const together = changed.union(along);
    if (together.size <= limit) for (const each of along) changed.add(each);
  }
  return renew(random, image, changed);
}

/** Renews random paths, but not the paths that need them. Nix cannot do this. It is harder: it hits all sizes alike. */
export function updateAnywhere(random: Random, image: Image): Image {
  const changed = shuffled(random, image.closure).slice(0, changedCount(image));
  return renew(random, image, new Set(changed.map(({ path }) => path)));
}

function changedCount({ closure }: Image): number {
  return Math.ceil(closure.length * CHANGED);
}

function renew(random: Random, { closure, roots }: Image, changed: ReadonlySet<string>): Image {
  const state = random();
  const renewed = (path: string) =>
    changed.has(path) ? storePath(packageName(path), `${storePathName(path)} ${state}`) : path;
  return {
    closure: closure.map(({ path, narSize, references }) => ({
      path: renewed(path),
      narSize,
      references: references.map(renewed),
    })),
    roots: roots.map((root) => ({ ...root, path: renewed(root.path) })),
  };
}
