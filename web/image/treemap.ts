import { hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import type { ImageContents } from "../../protocol/image-contents.ts";
import { pathName } from "../page/format.ts";
import type { Owner } from "./owners.ts";

/** A rectangle of the picture: a store path, or a layer's paths that are too small to be seen. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly label: string;
  /** Uncompressed bytes. The root layer has no store paths, so it has its compressed bytes. */
  readonly bytes: number;
  /** The layer's place. The bottom layer is 0. */
  readonly layer: number;
  /** Undefined for the root layer and for several paths. */
  readonly owner: Owner | undefined;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Item {
  readonly label: string;
  readonly bytes: number;
  readonly layer: number;
  readonly owner: Owner | undefined;
}

interface Group {
  readonly children: readonly (Item | Group)[];
}

/** A path with a smaller share has less than 12 square pixels in a picture of 900 by 500. */
const SMALLEST_SHARE = 1 / 40_000;
const LAYER_GAP = 2;

/** Layers side by side, each with its store paths. Areas are in proportion to bytes. */
export function treemapCells(contents: ImageContents, owners: readonly Owner[], { width, height }: Size): Cell[] {
  // A path may be in several layers. It then has a cell in each of them.
  const inLayers = contents.layers.flatMap(({ paths }) => paths);
  const total = inLayers.reduce((sum, path) => sum + (contents.paths[path]?.narSize ?? 0), 0);
  const groups = contents.layers.map((_, layer) => ({
    children: itemsOf(contents, owners, layer, total * SMALLEST_SHARE),
  }));
  const tree = hierarchy<Item | Group>({ children: groups }, (item) => ("children" in item ? item.children : undefined))
    .sum((item) => ("bytes" in item ? item.bytes : 0))
    // oxlint-disable-next-line unicorn/no-array-sort -- it sorts a tree of d3, not an array
    .sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
  const layout = treemap<Item | Group>()
    .tile(treemapSquarify)
    .size([width, height])
    .round(true)
    .paddingOuter(0)
    .paddingInner((node) => (node.depth === 0 ? LAYER_GAP : 1));
  return layout(tree)
    .leaves()
    .flatMap(({ data, x0, y0, x1, y1 }) => {
      const isVisible = "bytes" in data && x1 > x0 && y1 > y0;
      return isVisible ? { ...data, x: x0, y: y0, width: x1 - x0, height: y1 - y0 } : [];
    });
}

function itemsOf(contents: ImageContents, owners: readonly Owner[], layer: number, smallest: number): Item[] {
  const { paths = [], description = "", size = 0 } = contents.layers[layer] ?? {};
  if (paths.length === 0) return [{ label: description, bytes: size, layer, owner: undefined }];
  const items = paths.map((path): Item => ({
    label: pathName(contents.paths[path]?.path ?? ""),
    bytes: contents.paths[path]?.narSize ?? 0,
    layer,
    owner: owners[path],
  }));
  const large = items.filter(({ bytes }) => bytes >= smallest);
  const small = items.filter(({ bytes }) => bytes < smallest);
  if (small.length < 2) return items;
  const bytes = small.reduce((sum, item) => sum + item.bytes, 0);
  return [...large, { label: `${small.length} small paths`, bytes, layer, owner: undefined }];
}

/** The cell to which an arrow key leads: the nearest one whose middle lies in that direction. */
export function neighbour(cells: readonly Cell[], from: number, direction: Direction): number {
  const start = cells[from];
  if (!start) return from;
  const [dx, dy] = DIRECTIONS[direction];
  let best = from;
  let least = Infinity;
  for (const [place, cell] of cells.entries()) {
    const x = middle(cell.x, cell.width) - middle(start.x, start.width);
    const y = middle(cell.y, cell.height) - middle(start.y, start.height);
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    const cost = ahead + 2 * aside;
    if (place === from || ahead <= 0 || cost >= least) continue;
    [best, least] = [place, cost];
  }
  return best;
}

export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

const DIRECTIONS: Readonly<Record<Direction, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function isDirection(key: string): key is Direction {
  return Object.hasOwn(DIRECTIONS, key);
}

function middle(start: number, length: number): number {
  return start + length / 2;
}
