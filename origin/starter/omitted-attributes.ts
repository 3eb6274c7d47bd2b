import { type GraphNode, reachable } from "./dependency-graph.ts";
import { type FixTables, runsOwnProgram } from "./fixes.ts";
import { type DebianPackage } from "./package-list.ts";

/** An attribute that this machine's archives cannot provide, and the reason. */
export interface OmittedAttribute {
  readonly path: string;
  readonly reason: string;
}

/** The packages of each attribute. */
export type FoundPackages = ReadonlyMap<string, readonly DebianPackage[]>;

/** Why an attribute with this closure must be left out. Undefined if it may stay. */
export type Objection = (closure: readonly string[]) => string | undefined;

/** Splits the attributes by whether there is an objection to their closure. */
export function leaveOut(
  graph: ReadonlyMap<string, GraphNode>,
  found: FoundPackages,
  objection: Objection,
): { readonly complete: FoundPackages; readonly omitted: readonly OmittedAttribute[] } {
  const complete = new Map<string, readonly DebianPackage[]>();
  const omitted: OmittedAttribute[] = [];
  for (const [path, packages] of found) {
    const names = packages.map(({ name }) => name);
    const reason = objection([...reachable(graph, names)]);
    if (reason === undefined) complete.set(path, packages);
    else omitted.push({ path, reason });
  }
  return { complete, omitted };
}

/** Objects to packages whose dependencies no available package satisfies. */
export function unmetNeeds(graph: ReadonlyMap<string, GraphNode>): Objection {
  return (closure) => {
    const unmet = closure.flatMap((name) => graph.get(name)?.unmet.map((need) => `${name} needs ${need}`) ?? []);
    return unmet.length === 0 ? undefined : unmet.toSorted().join("; ");
  };
}

/** Objects to packages whose own programs must run when they are built. */
export function ownPrograms(fixes: FixTables): Objection {
  return (closure) => {
    const running = closure.filter((name) => runsOwnProgram([name], fixes));
    return running.length === 0 ? undefined : `a program of ${running.toSorted().join(", ")} must run in its build`;
  };
}
