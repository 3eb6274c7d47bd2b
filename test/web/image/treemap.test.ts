import { describe, expect, it } from "vitest";
import { pathOwners, SHARED } from "../../../web/image/owners.ts";
import { neighbour, treemapCells } from "../../../web/image/treemap.ts";
import { CONTENTS } from "./contents.ts";

const SIZE = { width: 900, height: 500 };
const cells = treemapCells(CONTENTS, pathOwners(CONTENTS), SIZE);

describe("the picture of an image", () => {
  it("has a cell for each store path, and one cell for all paths of a layer that are too small to see", () => {
    const wide = treemapCells(CONTENTS, pathOwners(CONTENTS), { width: 90_000, height: 50_000 });
    expect(wide.map(({ label, layer, owner, bytes }) => ({ label, layer, owner, bytes }))).toEqual(
      expect.arrayContaining([
        { label: "libc-2", layer: 0, owner: SHARED, bytes: 1_000_000 },
        { label: "python3-3", layer: 1, owner: "python3", bytes: 900_000 },
        { label: "git-2", layer: 2, owner: "git", bytes: 500_000 },
        { label: "curl-8", layer: 2, owner: "git", bytes: 200_000 },
        { label: "2 small paths", layer: 2, owner: undefined, bytes: 22 },
        { label: "openssl-3", layer: 3, owner: SHARED, bytes: 300_000 },
        { label: "root", layer: 4, owner: undefined, bytes: 3000 },
      ]),
    );
  });

  it("has a cell in each layer for a path in two layers", () => {
    const [libc, python, ...others] = CONTENTS.layers;
    const layers = [libc, python && { ...python, paths: [3, 4] }, ...others].flatMap((layer) => layer ?? []);
    const twice = treemapCells({ ...CONTENTS, layers }, pathOwners(CONTENTS), SIZE);
    const places = twice.filter(({ label }) => label === "libc-2").map(({ layer }) => layer);
    expect(new Set(places)).toEqual(new Set([0, 1]));
  });

  it("has no cell of its own for a path whose share of all layers' bytes is too small", () => {
    const paths = CONTENTS.paths.map((path, index) => (index < 5 ? path : { ...path, narSize: 100 }));
    const once = { ...CONTENTS, paths };
    const twice = {
      ...once,
      layers: CONTENTS.layers.map((layer, place) => (place === 0 ? { ...layer, paths: [0, 1, 2, 3, 4] } : layer)),
    };
    const labels = (contents: typeof once) =>
      treemapCells(contents, pathOwners(contents), { width: 9000, height: 5000 }).map(({ label }) => label);
    expect(labels(once)).toContain("tiny-1");
    expect(labels(twice)).not.toContain("tiny-1");
  });

  it("leaves out cells without an area", () => {
    expect(cells.every(({ width, height }) => width > 0 && height > 0)).toBe(true);
    expect(cells.map(({ label }) => label)).not.toContain("2 small paths");
  });

  it("has cells in proportion to bytes, inside the frame, and without overlaps", () => {
    const libc = cells.find(({ label }) => label === "libc-2");
    const git = cells.find(({ label }) => label === "git-2");
    const area = (cell = libc) => (cell?.width ?? 0) * (cell?.height ?? 0);
    expect(area(libc) / area(git)).toBeCloseTo(2, 0);
    for (const [place, { x, y, width, height }] of cells.entries()) {
      expect(x >= 0 && y >= 0 && x + width <= SIZE.width && y + height <= SIZE.height).toBe(true);
      for (const other of cells.slice(place + 1)) {
        const apart =
          other.x >= x + width || x >= other.x + other.width || other.y >= y + height || y >= other.y + other.height;
        expect(apart).toBe(true);
      }
    }
  });
});

describe("an arrow key", () => {
  it("leads to a cell on that side, and every cell can be reached", () => {
    const reached = new Set([0]);
    for (const place of reached) {
      for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"] as const) {
        reached.add(neighbour(cells, place, key));
      }
    }
    expect(reached.size).toBe(cells.length);
  });

  it("does nothing if there is no cell on that side", () => {
    const left = cells.findIndex(({ x, y }) => x === 0 && y === 0);
    expect(neighbour(cells, left, "ArrowLeft")).toBe(left);
  });
});
