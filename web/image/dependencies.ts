import type { ImageContents } from "../../protocol/image-contents.ts";
import { closureOf } from "./owners.ts";

/** Store paths and what they need of each other, small enough to be drawn. */
export interface Dependencies {
  /** Places in `contents.paths`, those that were asked for first. */
  readonly nodes: readonly number[];
  /** From a path to one that it needs; those that follow from others are left out. */
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** How many more paths there are in all. */
  readonly left: number;
}

/** More is no picture any more. */
export const MAX_NODES = 40;

/** The paths and, nearest first, what they need, up to a number of nodes. */
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

/** What a path needs and none of its other needs brings anyway. Two that need each other both stay. */
function directNeeds(needs: Needs, from: number): readonly number[] {
  const direct = needs.get(from) ?? [];
  const brings = (other: number, to: number) => reached(needs, other, from).has(to);
  return direct.filter((to) => !direct.some((other) => other !== to && brings(other, to) && !brings(to, other)));
}

/** The path and all that it needs, on ways that do not lead through `without`. */
function reached(needs: Needs, start: number, without: number): ReadonlySet<number> {
  const seen = new Set([start]);
  for (const path of seen) {
    for (const next of needs.get(path) ?? []) if (next !== without) seen.add(next);
  }
  return seen;
}
