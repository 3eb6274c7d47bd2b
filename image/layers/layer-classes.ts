import type { PackageRoot } from "../closure/image-closure.ts";
import type { StorePath } from "../closure/store-path.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { packageName } from "./package-name.ts";
import type { Popularity } from "./popularity.ts";

/** A package of the image, as far as layers depend on it. */
export type LayerRoot = Pick<PackageRoot, "attribute" | "path" | "requested">;

/** A class for the packages that at least this share of images contains, for each of the shares. */
const COMMON_SHARES = [0.4, 0.1];
/** Roots whose own small paths are a class; all further roots have one between them. */
const MAX_OWNERS = 5;

/** The classes that there can be: one for each share, one for each owner, one for the rest. */
export const MAX_CLASSES = COMMON_SHARES.length + MAX_OWNERS + 1;

interface ClassInput {
  readonly closure: readonly StorePath[];
  readonly roots: readonly LayerRoot[];
  readonly popularity: Popularity;
  /** 1 or more; with fewer than `MAX_CLASSES`, the last one takes all that would come after it. */
  readonly maxClasses: number;
}

/**
 * Puts each path into a class of paths that tend to be in the same images. Classes are numbered by how many
 * images share them: common packages, less common ones, then what each root brings.
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

/** What was asked for comes before what every image gets. */
function sortRoots(roots: readonly LayerRoot[], popularity: Popularity): LayerRoot[] {
  const share = ({ attribute }: LayerRoot) => popularity.roots.get(attribute) ?? 0;
  return roots.toSorted(
    (a, b) => Number(b.requested) - Number(a.requested) || share(b) - share(a) || compareText(a.attribute, b.attribute),
  );
}

/** The index of the first root that reaches each path. */
function findOwners(closure: readonly StorePath[], roots: readonly LayerRoot[]): ReadonlyMap<string, number> {
  const references = new Map(closure.map((path) => [path.path, path.references]));
  const owners = new Map<string, number>();
  for (const [index, root] of roots.entries()) {
    const stack = [root.path];
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      // What an owned path refers to is owned as well.
      if (owners.has(path)) continue;
      owners.set(path, index);
      stack.push(...(references.get(path) ?? []));
    }
  }
  return owners;
}
