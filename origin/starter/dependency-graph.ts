import { type CompiledPolicy, type DependencyPolicy } from "./dependency-policy.ts";
import { namePattern } from "./name-pattern.ts";
import { type DebianPackage } from "./package-list.ts";
import { parseRelations, type Relation } from "./relation.ts";
import { type Universe } from "./universe.ts";

/** A package with its dependencies at run time. */
export interface GraphNode {
  readonly package: DebianPackage;
  /** Names of packages, sorted, without the package itself. */
  readonly dependencies: readonly string[];
  /** Dependencies that no available package satisfies. */
  readonly unmet: readonly string[];
}

/** The wanted packages with all their direct and indirect dependencies. */
export function resolveDependencies(
  universe: Universe,
  policy: CompiledPolicy,
  wanted: Iterable<DebianPackage>,
): Map<string, GraphNode> {
  const graph = new Map<string, GraphNode>();
  const queue = [...wanted];
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (graph.has(next.name)) continue;
    const found = new Map<string, DebianPackage>();
    const unmet: string[] = [];
    for (const alternatives of dependenciesOf(next, policy)) {
      // If the policy drops one alternative, it drops the whole dependency.
      if (alternatives.some(({ name }) => !policy.follows(next.name, name))) continue;
      const chosen = firstAvailable(universe, alternatives);
      if (!chosen) unmet.push(alternatives.map(({ name }) => name).join(" | "));
      else if (chosen.name !== next.name && policy.follows(next.name, chosen.name)) found.set(chosen.name, chosen);
    }
    graph.set(next.name, { package: next, dependencies: [...found.keys()].toSorted(), unmet });
    queue.push(...found.values());
  }
  return graph;
}

function dependenciesOf(dependent: DebianPackage, policy: CompiledPolicy): Relation[][] {
  return [
    ...parseRelations(dependent.preDepends),
    ...parseRelations(dependent.depends),
    ...policy.additions(dependent.name).map((name) => [{ name }]),
  ];
}

function firstAvailable(universe: Universe, alternatives: readonly Relation[]): DebianPackage | undefined {
  for (const alternative of alternatives) {
    const found = universe.find(alternative);
    if (found) return found;
  }
  return undefined;
}

/** Makes the members of each set depend on each other, in a circle. So they become one store path. */
export function joinTogether(graph: Map<string, GraphNode>, sets: DependencyPolicy["together"]): void {
  for (const set of sets) {
    const patterns = set.map(namePattern);
    const members = [...graph.values()].filter((node) => patterns.some((pattern) => pattern.test(node.package.name)));
    for (const [at, node] of members.entries()) {
      const next = members[(at + 1) % members.length];
      if (!next || next === node) continue;
      const dependencies = new Set([...node.dependencies, next.package.name]);
      graph.set(node.package.name, { ...node, dependencies: [...dependencies].toSorted() });
    }
  }
}

/** All nodes that are reachable from `roots`, with `roots`, in the order of the search. */
export function reachable(
  graph: ReadonlyMap<string, { readonly dependencies: readonly string[] }>,
  roots: Iterable<string>,
): Set<string> {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...(graph.get(next)?.dependencies ?? []));
  }
  return seen;
}
