import type { PackageRoot } from "../closure/image-closure.ts";
import type { StorePath } from "../closure/store-path.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { compareByName } from "./layer-group.ts";
import { packageName } from "./package-name.ts";
import type { Popularity } from "./popularity.ts";

/** The parts of a package that layers depend on. */
export type LayerRoot = Pick<PackageRoot, "attribute" | "path" | "requested">;

export interface PartsInput {
  readonly closure: readonly StorePath[];
  readonly roots: readonly LayerRoot[];
  readonly popularity: Popularity;
}

/** A package in at least this share of images is common. Simulated clients fetch the least with about this share. */
const COMMON_SHARE = 0.2;

/** Store paths of a package's closure, sorted by name, then hash. */
export type PackagePart = ReadonlySet<StorePath>;

/**
 * The closure of each package, divided into common packages and others. The outputs of a package count as one. A part
 * depends on its package and on popularity alone, never on the other packages of the image. Empty parts are left out.
 * Paths that no package reaches are the last parts.
 *
 *     git ──> openssl ──> glibc <── htop       without popularity:      {git glibc openssl}, {glibc htop}
 *                                              glibc in 98 % of images: {glibc}, {git openssl}, {glibc}, {htop}
 */
export function packageParts({ closure, roots, popularity }: PartsInput): PackagePart[] {
  const sorted = closure.toSorted(compareByName);
  const closures = packageClosures(sorted, sortRoots(roots, popularity));
  const common = new Set(sorted.filter(({ path }) => isCommon(path, popularity)));
  // Both sets of each operation are in the order of `sorted`, so the results are, too.
  const parts = closures.flatMap((paths) => [paths.intersection(common), paths.difference(common)]);
  return parts.filter(({ size }) => size > 0);
}

function isCommon(path: string, { packages }: Popularity): boolean {
  // Most operators name no popularity. Then the names of packages need not be parsed.
  return packages.size > 0 && (packages.get(packageName(path)) ?? 0) >= COMMON_SHARE;
}

/** Requested packages come before packages that every image gets. Popular ones come first. */
function sortRoots(roots: readonly LayerRoot[], popularity: Popularity): LayerRoot[] {
  const share = ({ attribute }: LayerRoot) => popularity.roots.get(attribute) ?? 0;
  return roots.toSorted(
    (a, b) => Number(b.requested) - Number(a.requested) || share(b) - share(a) || compareText(a.attribute, b.attribute),
  );
}

/** For each package, the paths that its roots reach. Then the paths that no root reaches. */
function packageClosures(closure: readonly StorePath[], roots: readonly LayerRoot[]): PackagePart[] {
  const references = new Map(closure.map((path) => [path.path, path.references]));
  const packages = Map.groupBy(roots, ({ attribute }) => attribute);
  const reached = [...packages.values()].map((outputs) => reachedBy(outputs, references));
  return [
    ...reached.map((paths) => new Set(closure.filter(({ path }) => paths.has(path)))),
    new Set(closure.filter(({ path }) => !reached.some((paths) => paths.has(path)))),
  ];
}

/** The paths that the roots need, and the roots. `references`: those of each path. */
export function reachedBy(
  roots: readonly Pick<LayerRoot, "path">[],
  references: ReadonlyMap<string, readonly string[]>,
): Set<string> {
  const reached = new Set(roots.map(({ path }) => path));
  // A set is iterated in insertion order, and includes the paths that the loop adds.
  for (const path of reached) for (const reference of references.get(path) ?? []) reached.add(reference);
  return reached;
}
