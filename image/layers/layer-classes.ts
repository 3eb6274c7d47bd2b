import type { PackageRoot } from "../closure/image-closure.ts";
import type { StorePath } from "../closure/store-path.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { packageName } from "./package-name.ts";
import type { Popularity } from "./popularity.ts";

/** The parts of a package that layers depend on. */
export type LayerRoot = Pick<PackageRoot, "attribute" | "path" | "requested">;

/** Each share makes a class, for the packages that at least this share of images contains. */
const COMMON_SHARES = [0.4, 0.1];
/** How many packages have a class of their own. All further packages share one class. */
const MAX_OWNERS = 5;

/** The largest number of classes: one for each share, one for each owner, one for the rest. */
export const MAX_CLASSES = COMMON_SHARES.length + MAX_OWNERS + 1;

interface ClassInput {
  readonly closure: readonly StorePath[];
  readonly roots: readonly LayerRoot[];
  readonly popularity: Popularity;
  /** 1 or more. If it is less than `MAX_CLASSES`, the last class also has the paths of all later classes. */
  readonly maxClasses: number;
}

/**
 * Puts each path into a class of paths that tend to be in the same images. Class 0 is in the most images: common
 * packages come first, then less common ones, then the own paths of each root.
 *
 *     git ──> openssl ──> glibc <── htop <─┐         glibc: in 98 % of images         ->  0
 *      └────> perl ─────────┘              │         openssl: in 20 %                 ->  1
 *                                    htop (root)     perl, git: owned by git, the 1st ->  2
 *                                                    htop: owned by htop, the 2nd     ->  3
 */
export function classifyPaths({ closure, roots, popularity, maxClasses }: ClassInput): ReadonlyMap<string, number> {
  const owners = findOwners(closure, sortRoots(roots, popularity));
  return new Map(
    closure.map(({ path }) => {
      const share = popularity.packages.get(packageName(path)) ?? 0;
      const common = COMMON_SHARES.findIndex((least) => share >= least);
      const owned = COMMON_SHARES.length + Math.min(owners.get(path) ?? MAX_OWNERS, MAX_OWNERS);
      return [path, Math.min(common >= 0 ? common : owned, maxClasses - 1)];
    }),
  );
}

/** Requested packages come before packages that every image gets. Popular ones come first. */
function sortRoots(roots: readonly LayerRoot[], popularity: Popularity): LayerRoot[] {
  const share = ({ attribute }: LayerRoot) => popularity.roots.get(attribute) ?? 0;
  return roots.toSorted(
    (a, b) => Number(b.requested) - Number(a.requested) || share(b) - share(a) || compareText(a.attribute, b.attribute),
  );
}

/** The index of the first package that reaches each path. The outputs of a package are one owner. */
function findOwners(closure: readonly StorePath[], roots: readonly LayerRoot[]): ReadonlyMap<string, number> {
  const references = new Map(closure.map((path) => [path.path, path.references]));
  const owners = new Map<string, number>();
  const outputs = Map.groupBy(roots, ({ attribute }) => attribute);
  for (const [index, packageOutputs] of [...outputs.values()].entries()) {
    const stack = packageOutputs.map(({ path }) => path);
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      // The references of an owned path have an owner, too.
      if (owners.has(path)) continue;
      owners.set(path, index);
      stack.push(...(references.get(path) ?? []));
    }
  }
  return owners;
}
