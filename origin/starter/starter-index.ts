import { type AttributeEntry } from "./attribute-table.ts";
import { stronglyConnected } from "./components.ts";
import { upstreamVersion } from "./debian-version.ts";
import { type GraphNode, joinTogether, reachable, resolveDependencies } from "./dependency-graph.ts";
import { CompiledPolicy, type DependencyPolicy } from "./dependency-policy.ts";
import { type Fixes, fixesOf, type FixTables } from "./fixes.ts";
import { type DebianFacts, debianFacts } from "./debian-facts.ts";
import { type FoundPackages, leaveOut, type OmittedAttribute, ownPrograms, unmetNeeds } from "./omitted-attributes.ts";
import { type DebianPackage } from "./package-list.ts";
import { Universe } from "./universe.ts";

/** The contents of `index.json`. The Nix expressions read this file. */
export interface StarterIndex {
  readonly system: string;
  /** Groups with the interpreters of scripts. */
  readonly interpreters: readonly string[];
  /** The interpreters' groups and all their dependencies. They are built without the interpreters. */
  readonly beforeInterpreters: readonly string[];
  readonly groups: Readonly<Record<string, Group>>;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Attributes that the set has for another system alone. */
  readonly elsewhere?: readonly string[];
}

/** Packages that become one store path: a single package, or several packages that need each other. */
export interface Group extends Fixes {
  readonly version: string;
  readonly debs: readonly Deb[];
  readonly dependencies: readonly string[];
}

export interface Deb {
  readonly name: string;
  readonly version: string;
  readonly archive: string;
  readonly file: string;
  readonly sha256: string;
  /** For bills of materials. The Nix expressions do not read it. */
  readonly debian: DebianFacts;
}

export interface Attribute {
  readonly pname: string;
  readonly version: string;
  readonly description: string;
  readonly groups: readonly string[];
  readonly programs: readonly string[];
}

/** The machine that packages are for. */
export interface Target {
  /** Nix's name of it. */
  readonly system: string;
  /** Whether the machine that builds the packages can also run their programs. */
  readonly runsPrograms: boolean;
}

export interface StarterTables {
  readonly attributes: readonly AttributeEntry[];
  readonly fixes: FixTables;
  readonly policy: DependencyPolicy;
}

export interface BuiltIndex {
  readonly index: StarterIndex;
  readonly omitted: readonly OmittedAttribute[];
}

/** Scripts use these interpreters without a declared dependency, because every Debian system has them. */
const INTERPRETERS = ["bash", "dash", "perl-base"];

/** A pure function: the same packages and tables give the same index, in any order. */
export function buildStarterIndex(
  { system, runsPrograms }: Target,
  packages: ReadonlyMap<string, DebianPackage>,
  tables: StarterTables,
): BuiltIndex {
  const universe = new Universe(packages);
  const { found, missing } = findPackages(universe, tables.attributes);
  const interpreters = INTERPRETERS.flatMap((name) => universe.match(name) ?? []);
  const wanted = [...interpreters, ...[...found.values()].flat()];
  const graph = resolveDependencies(universe, new CompiledPolicy(tables.policy), wanted);
  joinTogether(graph, tables.policy.together);
  const met = leaveOut(graph, found, unmetNeeds(graph));
  const built = runsPrograms ? undefined : leaveOut(graph, met.complete, ownPrograms(tables.fixes));
  const { complete } = built ?? met;

  const used = reachable(
    graph,
    [...interpreters, ...[...complete.values()].flat()].map(({ name }) => name),
  );
  const { groups, groupOf } = buildGroups(graph, used, (debs) => fixesOf(debs, tables.fixes, system));
  const interpreterGroups = groupNames(interpreters, groupOf);
  const index: StarterIndex = {
    system,
    interpreters: interpreterGroups,
    beforeInterpreters: [...reachable(new Map(Object.entries(groups)), interpreterGroups)].toSorted(),
    groups,
    attributes: buildAttributes(tables.attributes, complete, groupOf),
  };
  const omitted = [...missing, ...met.omitted, ...(built?.omitted ?? [])];
  return { index, omitted: omitted.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

function findPackages(universe: Universe, entries: readonly AttributeEntry[]) {
  const found = new Map<string, DebianPackage[]>();
  const missing: OmittedAttribute[] = [];
  for (const { path, debs } of entries) {
    const packages = debs.map((deb) => ({ deb, package: universe.match(deb) }));
    const unknown = packages.filter((each) => !each.package).map(({ deb }) => deb);
    if (unknown.length > 0) missing.push({ path, reason: `Debian has no package ${unknown.join(", ")}` });
    else
      found.set(
        path,
        packages.flatMap((each) => each.package ?? []),
      );
  }
  return { found, missing };
}

type Fix = (debs: readonly string[]) => Fixes;

/** Packages in a circle of dependencies become one group, with the name of the biggest package. */
function buildGroups(graph: ReadonlyMap<string, GraphNode>, used: ReadonlySet<string>, fix: Fix) {
  const names = [...used].toSorted();
  const edges = new Map(names.map((name) => [name, graph.get(name)?.dependencies ?? []]));
  const components = stronglyConnected(edges).map((component) => component.toSorted());
  const members = new Map(components.map((component) => [groupName(graph, component), component]));
  const groupOf = new Map([...members].flatMap(([group, debs]) => debs.map((deb): [string, string] => [deb, group])));
  const groups: Record<string, Group> = {};
  for (const group of [...members.keys()].toSorted()) {
    groups[group] = buildGroup(graph, group, members.get(group) ?? [], groupOf, fix);
  }
  return { groups, groupOf };
}

function groupName(graph: ReadonlyMap<string, GraphNode>, component: readonly string[]): string {
  const size = (name: string): number => graph.get(name)?.package.installedSize ?? 0;
  return component.reduce((biggest, name) => (size(name) > size(biggest) ? name : biggest));
}

function buildGroup(
  graph: ReadonlyMap<string, GraphNode>,
  group: string,
  debs: readonly string[],
  groupOf: ReadonlyMap<string, string>,
  fix: Fix,
): Group {
  const nodes = debs.flatMap((deb) => graph.get(deb) ?? []);
  const dependencies = new Set(nodes.flatMap((node) => node.dependencies.flatMap((name) => groupOf.get(name) ?? [])));
  dependencies.delete(group);
  return {
    version: storeVersion(graph.get(group)?.package.version ?? ""),
    debs: nodes.map((node) => toDeb(node.package)),
    dependencies: [...dependencies].toSorted(),
    ...fix(debs),
  };
}

function toDeb(deb: DebianPackage): Deb {
  const { name, version, archive, file, sha256 } = deb;
  return { name, version: storeVersion(version), archive, file, sha256, debian: debianFacts(deb) };
}

/** The version without its epoch, and without characters that are not allowed in a store path's name. */
function storeVersion(version: string): string {
  return version.replace(/^\d+:/, "").replace(/[^A-Za-z0-9+._?=-]/g, "_");
}

function buildAttributes(
  entries: readonly AttributeEntry[],
  found: FoundPackages,
  groupOf: ReadonlyMap<string, string>,
): Record<string, Attribute> {
  const attributes: Record<string, Attribute> = {};
  for (const { path, programs } of entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const packages = found.get(path);
    const first = packages?.[0];
    if (!packages || !first) continue;
    attributes[path] = {
      pname: path.slice(path.lastIndexOf(".") + 1).replace(/^_/, ""),
      version: storeVersion(upstreamVersion(first.version)),
      description: first.description,
      groups: groupNames(packages, groupOf),
      programs,
    };
  }
  return attributes;
}

function groupNames(packages: readonly DebianPackage[], groupOf: ReadonlyMap<string, string>): string[] {
  return [...new Set(packages.flatMap(({ name }) => groupOf.get(name) ?? []))];
}
