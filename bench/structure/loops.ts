import type { ImportGraph } from "./imports.ts";

/**
 * Groups of nodes that all lead to each other, the largest group first. A graph without loops has no groups.
 *
 *     a -> b -> c -> b        [[b, c]]
 */
export function findLoops(graph: ImportGraph): string[][] {
  const reached = new Map([...graph.keys()].map((node) => [node, reachable(graph, node)]));
  const loops: string[][] = [];
  const seen = new Set<string>();
  for (const [node, others] of reached) {
    if (seen.has(node) || !others.has(node)) continue;
    const loop = [...others].filter((other) => reached.get(other)?.has(node));
    for (const member of loop) seen.add(member);
    loops.push(loop.toSorted());
  }
  return loops.toSorted((a, b) => b.length - a.length);
}

/** The nodes that one or more steps lead to. */
function reachable(graph: ImportGraph, from: string): ReadonlySet<string> {
  const found = new Set(graph.get(from));
  // A set is iterated in insertion order, and includes what is added meanwhile.
  for (const node of found) for (const next of graph.get(node) ?? []) found.add(next);
  return found;
}
