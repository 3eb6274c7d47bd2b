import type { StorePath } from "../closure/store-path.ts";
import { compareByName, type LayerGroup } from "./layer-group.ts";
import { packageParts, type PartsInput } from "./package-parts.ts";
import { cutOffAt, restLayers } from "./rest-layers.ts";

export interface GroupingInput extends PartsInput {
  /** 1 or more. */
  readonly maxStoreLayers: number;
}

/** At least a quarter of the layers may be rest layers. */
const LAYERS_PER_REST = 4;

/**
 * Divides a closure into at most `maxStoreLayers` layers, so that images with the same packages have the same layers. A
 * path that has at least the cut-off in bytes has a layer of its own. Every image with the path and a cut-off as low has
 * this layer. Each package has a rest layer for its smaller paths. A small path may be in several rest layers. The order
 * of closure and roots makes no difference.
 *
 * For the roots git and htop, without popularity, with a cut-off of 64 KiB:
 *
 *     path     KiB  needs
 *     git    28000  expat perl zlib    [git]
 *     glibc  30000                     [glibc]
 *     perl     300  glibc              [perl]
 *     htop     250  glibc libnl zlib   [htop]
 *     zlib      60                     [expat zlib], the rest of git, and
 *     expat     50                     [libnl zlib], the rest of htop
 *     libnl     20
 *
 * These are 6 layers. If there are too many, the next cut-off is tried. It is the same for all packages of the image.
 *
 * A rest layer follows from its package, the cut-off and popularity. So an image of known packages has known layers. The
 * exception is an image with too many packages: the last rest layers become one layer.
 */
export function groupLayers(input: GroupingInput): LayerGroup[] {
  const { solos, rests } = divideClosure(input);
  const groups = [...solos.map((path) => [path]), ...rests];
  assertDivided(input, groups);
  return groups;
}

interface DividedClosure {
  /** In bytes. */
  readonly cutOff: number;
  /** Paths with a layer of their own, the largest first. */
  readonly solos: readonly StorePath[];
  /** In the order of the packages. */
  readonly rests: readonly LayerGroup[];
}

/** The algorithm of `groupLayers`. */
export function divideClosure({ maxStoreLayers, ...image }: GroupingInput): DividedClosure {
  const parts = packageParts(image);
  const minRests = Math.max(1, Math.floor(maxStoreLayers / LAYERS_PER_REST));
  for (let step = 0; ; step += 1) {
    const cutOff = cutOffAt(step);
    const solos = image.closure.filter(({ narSize }) => narSize >= cutOff);
    if (solos.length > maxStoreLayers) continue;
    const room = Math.max(minRests, maxStoreLayers - solos.length);
    const rests = joinLast(restLayers(parts, cutOff), room);
    if (solos.length + rests.length <= maxStoreLayers) return { cutOff, solos: sortBySize(solos), rests };
  }
}

/** Joins the last rest layers, so that at most `room` are left. */
function joinLast(rests: readonly LayerGroup[], room: number): readonly LayerGroup[] {
  if (rests.length <= room) return rests;
  const joined = new Set(rests.slice(room - 1).flat());
  return [...rests.slice(0, room - 1), [...joined].toSorted(compareByName)];
}

/** By size class, so that a new version with a few more bytes keeps its place in the order. */
function sortBySize(paths: readonly StorePath[]): StorePath[] {
  const keyed = paths.map((path) => ({ path, size: sizeClass(path.narSize) }));
  return keyed.toSorted((a, b) => b.size - a.size || compareByName(a.path, b.path)).map(({ path }) => path);
}

/**
 * `floor(4 * log2(bytes + 1))`: four classes for each doubling. The number of binary digits, less one, is the floor of
 * the logarithm to base 2. Whole numbers give it exactly on every machine.
 */
export function sizeClass(bytes: number): number {
  return (BigInt(bytes + 1) ** 4n).toString(2).length - 1;
}

/** An image with a missing path would stay wrong for ever, so it is not built. */
function assertDivided({ closure, maxStoreLayers }: GroupingInput, groups: readonly LayerGroup[]): void {
  const paths = groups.flat();
  const distinct = new Set(paths);
  const names = new Set(paths.map(({ path }) => path));
  const isWhole = closure.every((path) => distinct.has(path)) && names.size === closure.length;
  if (isWhole && groups.length <= maxStoreLayers) return;
  throw new Error(`${closure.length} store paths were divided into ${groups.length} layers with ${paths.length} paths`);
}
