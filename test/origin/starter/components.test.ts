import { describe, expect, it } from "vitest";

import { stronglyConnected } from "../../../origin/starter/components.ts";

describe("stronglyConnected", () => {
  it.each([
    ["nothing", {}, []],
    ["a chain, dependencies first", { a: ["b"], b: ["c"], c: [] }, ["c", "b", "a"]],
    ["a circle", { a: ["b"], b: ["c"], c: ["a"] }, ["a b c"]],
    ["a circle in a chain", { a: ["b"], b: ["c", "d"], c: ["b"], d: [] }, ["d", "b c", "a"]],
    ["two circles that share a node", { a: ["b", "c"], b: ["a"], c: ["a"] }, ["a b c"]],
    ["an edge to a finished component", { a: ["c"], b: ["c", "a"], c: [] }, ["c", "a", "b"]],
    ["an edge to itself", { a: ["a"] }, ["a"]],
  ])("finds %s", (_, graph, expected) => {
    const components = stronglyConnected(new Map(Object.entries(graph)));
    expect(components.map((component) => component.toSorted().join(" "))).toEqual(expected);
  });

  it("does not overflow the stack on a long chain", () => {
    const chain = new Map(Array.from({ length: 100_000 }, (_, at): [string, string[]] => [`${at}`, [`${at + 1}`]]));
    expect(stronglyConnected(chain)).toHaveLength(100_001);
  });
});
