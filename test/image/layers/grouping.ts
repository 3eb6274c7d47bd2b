import type { LayerRoot } from "../../../image/layers/package-parts.ts";
import { parsePopularity, type Popularity } from "../../../image/layers/popularity.ts";
import { STORE_DIRECTORY, type StorePath, storePathName } from "../../../image/closure/store-path.ts";

/** A store path with this name. Its hash repeats one digit. */
export function pathOf(name: string, hash = "0"): string {
  return `${STORE_DIRECTORY}/${hash.repeat(32)}-${name}`;
}

export function storePath(name: string, narSize: number, references: readonly string[] = []): StorePath {
  return { path: pathOf(name), narSize, references: references.map((reference) => pathOf(reference)) };
}

export function rootOf(name: string, requested = true): LayerRoot {
  return { attribute: name, path: pathOf(name), requested };
}

export function popularity(
  packages: Readonly<Record<string, number>>,
  roots: Readonly<Record<string, number>> = {},
): Popularity {
  return parsePopularity(JSON.stringify({ packages, roots }));
}

export function namesOf(groups: readonly (readonly StorePath[])[]): string[][] {
  return groups.map((group) => group.map(({ path }) => storePathName(path)));
}

/** The paths that the roots need, in the order of the closure. */
export function reachedFrom(
  closure: readonly StorePath[],
  roots: readonly Pick<LayerRoot, "path">[],
): readonly StorePath[] {
  const reached = new Set(roots.map(({ path }) => path));
  for (const next of reached) {
    for (const { path, references } of closure)
      if (path === next) for (const reference of references) reached.add(reference);
  }
  return closure.filter(({ path }) => reached.has(path));
}
