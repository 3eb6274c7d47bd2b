import { compareVersions } from "./debian-version.ts";

/** One package in a dependency field, such as `libc6 (>= 2.36)` or `perl:any`. */
export interface Relation {
  readonly name: string;
  readonly operator?: string;
  readonly version?: string;
}

const RELATION = /^([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))?(?:\s*\((<<|<=|=|>=|>>|<|>)\s*([^)\s]+)\s*\))?$/;

/** For each operator: whether a package satisfies it, from the order of its version and the wanted version. */
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
 * `a (>= 1) | b, c` has two dependencies. The first one has two alternatives.
 * Alternatives for another architecture are left out.
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

/** Whether `version` of a package, or of a provided name, satisfies the relation. */
export function satisfies(version: string | undefined, relation: Relation): boolean {
  if (relation.version === undefined) return true;
  // A "Provides" without a version satisfies only relations without a version (policy 7.5).
  if (version === undefined) return false;
  const isMet = OPERATORS.get(relation.operator ?? "");
  return isMet !== undefined && isMet(compareVersions(version, relation.version));
}
