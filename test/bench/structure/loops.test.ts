import { expect, it } from "vitest";
import { findLoops } from "../../../bench/structure/loops.ts";

function graph(nodes: Record<string, string[]>) {
  return new Map(Object.entries(nodes));
}

it("finds no loop where all arrows run down", () => {
  expect(findLoops(graph({ a: ["b", "c"], b: ["c"], c: [] }))).toEqual([]);
});

it("finds the nodes of a loop, but not nodes that only lead to it or away from it", () => {
  expect(findLoops(graph({ a: ["b"], b: ["c"], c: ["b", "d"], d: [] }))).toEqual([["b", "c"]]);
});

it("joins loops that share a node, and sorts loops by size", () => {
  const loops = findLoops(graph({ x: ["y"], y: ["x"], a: ["b"], b: ["a", "c"], c: ["b"] }));
  expect(loops).toEqual([
    ["a", "b", "c"],
    ["x", "y"],
  ]);
});

it("finds a node that leads to itself", () => {
  expect(findLoops(graph({ a: ["a"], b: [] }))).toEqual([["a"]]);
});
