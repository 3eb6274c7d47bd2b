import { compareText } from "../../protocol/compare-text.ts";
import { storePathName } from "../closure/store-path.ts";
import { type NameParts, nameParts } from "../layers/package-name.ts";
import type { ImageFacts, PathFacts } from "./image-facts.ts";

/** A store path with the name, version and output of its package. */
export interface NamedPath extends PathFacts, NameParts {}

/**
 * The closure, sorted, with sorted references that leave out the path itself. So the order of the input makes no
 * difference to documents. Throws if a path is there twice, or a path that is named is not there.
 */
export function namedPaths({ paths, requested }: Pick<ImageFacts, "paths" | "requested">): NamedPath[] {
  const known = new Set(paths.map(({ path }) => path));
  if (known.size < paths.length) throw new Error("a path is twice in the closure");
  for (const path of [...paths.flatMap(({ references }) => references), ...requested.flatMap((each) => each.paths)])
    if (!known.has(path)) throw new Error(`${path} is not part of the closure`);
  return paths.map(namePath).toSorted((a, b) => compareText(a.path, b.path));
}

function namePath(facts: PathFacts): NamedPath {
  const parts = nameParts(storePathName(facts.path));
  const { name = parts.name, version = parts.version } = facts.metadata ?? {};
  return {
    ...facts,
    name,
    version,
    output: parts.output,
    references: sorted(facts.references.filter((reference) => reference !== facts.path)),
    layers: sorted(facts.layers),
  };
}

function sorted<T extends string>(texts: readonly T[]): T[] {
  return [...new Set(texts)].toSorted(compareText);
}
