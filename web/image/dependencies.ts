import type { ImageContents } from "../../protocol/image-contents.ts";
import { closureOf } from "./owners.ts";

/** A graph of store paths that is small enough to draw. */
export interface Dependencies {
  /** Places in `contents.paths`. The roots come first. */
  readonly nodes: readonly number[];
  /** From a path to one that it needs. Edges that follow from other edges are left out. */
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** How many needed paths are not among the nodes. */
  readonly left: number;
}

/** A picture of more nodes is not readable. */
export const MAX_NODES = 40;

/** The roots and the paths that they need, nearest first, up to `limit` nodes. */
export function dependenciesOf(contents: ImageContents, roots: readonly number[], limit = MAX_NODES): Dependencies {
  const closure = closureOf(contents, roots);
  const nodes = [...closure].slice(0, limit);
  const kept = new Set(nodes);
  const needs = new Map(
    nodes.map((path) => [path, (contents.paths[path]?.references ?? []).filter((to) => kept.has(to) && to !== path)]),
  );
  const edges = nodes.flatMap((from) => directNeeds(needs, from).map((to) => [from, to] as const));
  return { nodes, edges, left: closure.size - nodes.length };
}

type Needs = ReadonlyMap<number, readonly number[]>;

/** The needs of a path, without needs that another of its needs brings. Two paths that need each other both stay. */
function directNeeds(needs: Needs, from: number): readonly number[] {
  const direct = needs.get(from) ?? [];
  const brings = (other: number, to: number) => reached(needs, other, from).has(to);
  return direct.filter((to) => !direct.some((other) => other !== to && brings(other, to) && !brings(to, other)));
}

/** `start` and all paths that it needs, directly or over others, but not over `without`. */
function reached(needs: Needs, start: number, without: number): ReadonlySet<number> {
  const seen = new Set([start]);
  for (const path of seen) {
    for (const next of needs.get(path) ?? []) if (next !== without) seen.add(next);
  }
  return seen;
}
