import { type StorePath, storePathName } from "../closure/store-path.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { classifyPaths, type LayerRoot, MAX_CLASSES } from "./layer-classes.ts";
import type { Popularity } from "./popularity.ts";

/** The store paths of one layer, sorted by name, then hash. */
export type LayerGroup = readonly StorePath[];

export interface GroupingInput {
  readonly closure: readonly StorePath[];
  readonly roots: readonly LayerRoot[];
  readonly popularity: Popularity;
  /** 1 or more. */
  readonly maxStoreLayers: number;
}

/**
 * A smaller path is not worth a layer of its own. Each layer costs a client about 10 ms. In that time, a line of
 * 50 Mbit/s brings this many bytes.
 */
const MIN_SOLO_BYTES = 65_536;
/** At most a quarter of the layers are classes. The rest is for large paths, because sharing these saves most. */
const LAYERS_PER_CLASS = 4;

/**
 * Divides a closure into at most `maxStoreLayers` layers, so that images with the same paths have the same layers.
 * A large path has a layer of its own, and every image with the path has this layer. A small path shares a layer with
 * paths that tend to be in the same images. Each path is in exactly one layer. The order of closure and roots makes no
 * difference.
 *
 * For the roots git and htop, without popularity:
 *
 *     path     KiB  size class  class
 *     git    28000          99  2, git's      [git]           alone
 *     glibc  30000          99  2             [glibc]         alone
 *     perl     300          72  2             [perl]          alone
 *     htop     250          71  3, htop's     [htop]          alone
 *     zlib      60          63  2             [expat zlib]    class 2
 *     expat     50          62  2
 *     libnl     20          57  3             [libnl]         class 3
 *
 * These are 6 layers. If one of them had to go, htop would join its class: [htop libnl].
 *
 * If an image gets one more package, it keeps all solo layers, because only a path's size makes it solo. If the limit
 * forces paths together, the smallest go first, because a path's place in the order never depends on other paths.
 */
export function groupLayers(input: GroupingInput): LayerGroup[] {
  const { solos, merged } = divideClosure(input);
  const groups = [...solos.map((path) => [path]), ...merged];
  assertDivided(input.closure, groups, input.maxStoreLayers);
  return groups;
}

interface DividedClosure {
  /** Paths with a layer of their own, the largest first. */
  readonly solos: readonly StorePath[];
  /** One layer for each class, in the order of the classes. */
  readonly merged: readonly LayerGroup[];
}

/** The algorithm of `groupLayers`. */
export function divideClosure({ closure, roots, popularity, maxStoreLayers }: GroupingInput): DividedClosure {
  const maxClasses = Math.min(MAX_CLASSES, Math.max(1, Math.floor(maxStoreLayers / LAYERS_PER_CLASS)));
  const classes = classifyPaths({ closure, roots, popularity, maxClasses });
  const solos = sortBySize(closure);
  const merged = new Map<number, StorePath[]>();
  for (let last = solos.at(-1); last; last = solos.at(-1)) {
    if (last.narSize >= MIN_SOLO_BYTES && solos.length + merged.size <= maxStoreLayers) break;
    solos.pop();
    addTo(merged, classes.get(last.path) ?? 0, last);
  }
  const inOrder = [...merged].toSorted(([a], [b]) => a - b);
  return { solos, merged: inOrder.map(([, paths]) => paths.toSorted(compareByName)) };
}

function addTo(merged: Map<number, StorePath[]>, layerClass: number, path: StorePath): void {
  const paths = merged.get(layerClass);
  if (paths) paths.push(path);
  else merged.set(layerClass, [path]);
}

/** By size class, so that a new version with a few more bytes keeps its place in the order. */
function sortBySize(closure: readonly StorePath[]): StorePath[] {
  const keyed = closure.map((path) => ({ path, size: sizeClass(path.narSize) }));
  return keyed.toSorted((a, b) => b.size - a.size || compareByName(a.path, b.path)).map(({ path }) => path);
}

/**
 * `floor(4 * log2(bytes + 1))`: four classes for each doubling. The number of binary digits, less one, is the floor of
 * the logarithm to base 2. Whole numbers give it exactly on every machine.
 */
export function sizeClass(bytes: number): number {
  return (BigInt(bytes + 1) ** 4n).toString(2).length - 1;
}

/** By name, then hash: paths of one package stay neighbours when their hashes change. */
function compareByName(a: StorePath, b: StorePath): number {
  return compareText(storePathName(a.path), storePathName(b.path)) || compareText(a.path, b.path);
}

/** An image with a missing or doubled path would stay wrong for ever, so it is not built. */
function assertDivided(closure: readonly StorePath[], groups: readonly LayerGroup[], maxLayers: number): void {
  const paths = groups.flat();
  const distinct = new Set(paths);
  const names = new Set(paths.map(({ path }) => path));
  const isWhole = closure.every((path) => distinct.has(path)) && names.size === closure.length;
  if (isWhole && paths.length === closure.length && groups.length <= maxLayers) return;
  throw new Error(`${closure.length} store paths were divided into ${groups.length} layers with ${paths.length} paths`);
}
