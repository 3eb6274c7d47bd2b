import { describe, expect, it } from "vitest";
import type { ImageContents } from "../../../protocol/image-contents.ts";
import { dependenciesOf } from "../../../web/image/dependencies.ts";
import { layoutGraph } from "../../../web/image/graph-layout.ts";
import { CONTENTS } from "./contents.ts";

function graph(...references: number[][]): ImageContents {
  const paths = references.map((own, place) => ({ path: `/nix/store/${place}`, narSize: 1, references: own }));
  return { packages: [], paths, layers: [] };
}

describe("the graph of dependencies", () => {
  it("has no arrow that follows from other arrows", () => {
    expect(dependenciesOf(CONTENTS, [0])).toEqual({
      nodes: [0, 1, 4, 2],
      edges: [
        [0, 1],
        [1, 2],
        [2, 4],
      ],
      left: 0,
    });
  });

  it("is cut at the limit, and has the number of paths that are left out", () => {
    expect(dependenciesOf(CONTENTS, [0], 2)).toEqual({ nodes: [0, 1], edges: [[0, 1]], left: 2 });
  });

  it("keeps the arrows of circles", () => {
    expect(dependenciesOf(graph([1, 2], [2], [1]), [0]).edges).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 1],
    ]);
    expect(dependenciesOf(graph([1, 2], [0], []), [0]).edges).toEqual([
      [0, 1],
      [0, 2],
      [1, 0],
    ]);
  });
});

describe("the drawing", () => {
  const dependencies = dependenciesOf(CONTENTS, [0]);
  const layout = layoutGraph(CONTENTS, dependencies);

  it("has a place for each node, from left to right, and a line for each arrow", () => {
    expect(layout.nodes.map(({ label }) => label)).toEqual(["git-2", "curl-8", "libc-2", "openssl-3"]);
    expect(layout.edges).toHaveLength(dependencies.edges.length);
    const [git, curl, libc, openssl] = layout.nodes.map(({ x }) => x);
    expect([git, curl, openssl, libc]).toEqual(
      [git, curl, openssl, libc].toSorted((one = 0, other = 0) => one - other),
    );
  });

  it("is large enough for its nodes", () => {
    for (const { x, y, width, height } of layout.nodes) {
      expect(x + width / 2).toBeLessThanOrEqual(layout.width);
      expect(y + height / 2).toBeLessThanOrEqual(layout.height);
    }
  });
});
