import { compareVersions } from "./debian-version.ts";

/** One package that a dependency field names: `libc6 (>= 2.36)`, `perl:any`. */
export interface Relation {
  readonly name: string;
  readonly operator?: string;
  readonly version?: string;
}

const RELATION = /^([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))?(?:\s*\((<<|<=|=|>=|>>|<|>)\s*([^)\s]+)\s*\))?$/;

/** What each operator asks of the order of what there is and what is wanted. */
const OPERATORS: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ["<<", (order) => order < 0],
  ["<", (order) => order <= 0],
  ["<=", (order) => order <= 0],
  ["=", (order) => order === 0],
  [">=", (order) => order >= 0],
  [">", (order) => order >= 0],
  [">>", (order) => order > 0],
]);

/**
 * `a (>= 1) | b, c` is two dependencies, the first with two alternatives.
 * An alternative for another architecture is no alternative here.
 */
export function parseRelations(field: string): Relation[][] {
  const dependencies = field.split(",").map((dependency) => dependency.trim());
  return dependencies.filter((dependency) => dependency !== "").map(parseAlternatives);
}

function parseAlternatives(dependency: string): Relation[] {
  return dependency.split("|").flatMap((alternative) => {
    const match = RELATION.exec(alternative.trim());
    if (!match) return [];
    const [, name = "", qualifier, operator, version] = match;
    if (qualifier !== undefined && qualifier !== "any" && qualifier !== "native") return [];
    return [operator && version ? { name, operator, version } : { name }];
  });
}

/** Whether a package, or what it provides, in `version` is what the relation asks for. */
export function satisfies(version: string | undefined, relation: Relation): boolean {
  if (relation.version === undefined) return true;
  // An unversioned "Provides" meets only unversioned relations (policy 7.5).
  if (version === undefined) return false;
  const isMet = OPERATORS.get(relation.operator ?? "");
  return isMet !== undefined && isMet(compareVersions(version, relation.version));
}
