import { createHash } from "node:crypto";
import { STORE_DIRECTORY, type StorePath } from "../../image/closure/store-path.ts";
import { stronglyConnected } from "../../origin/starter/components.ts";
import { findAptLists, machineApt, readAptLists } from "../../origin/starter/apt.ts";
import { reachable, resolveDependencies } from "../../origin/starter/dependency-graph.ts";
import { CompiledPolicy } from "../../origin/starter/dependency-policy.ts";
import { Universe } from "../../origin/starter/universe.ts";

/** One store path for each Debian package, or for each group of packages that need each other. */
export interface DebianClosures {
  /** Packages that a client may ask for, sorted by name. */
  readonly programs: readonly string[];
  /** All paths, by the name of their group of packages. */
  readonly paths: ReadonlyMap<string, StorePath>;
  /** The paths of the programs, and all paths that they need. */
  closure(programs: readonly string[]): StorePath[];
  pathOf(program: string): string;
}

const NO_POLICY = new CompiledPolicy({ dropped: [], cut: [], added: {}, together: [] });
/** Names of packages that are only a part of a program. */
const PART =
  /^lib|^(fonts|node|ruby|golang|r|python3|php|task|texlive)-|-(dev|doc|data|common|dbg|dbgsym|l10n|[a-z]{2})$/;
const KIB = 1024;

/** Reads the dependency graph of this machine's archives. The figures change a little when the archives change. */
export async function readDebianClosures(): Promise<DebianClosures> {
  const { signal } = new AbortController();
  const packages = await readAptLists(await findAptLists(await machineApt(signal), signal), signal);
  const graph = resolveDependencies(new Universe(packages), NO_POLICY, packages.values());
  const edges = new Map([...graph].map(([name, node]) => [name, node.dependencies]));
  const groups = stronglyConnected(edges).map((members) => members.toSorted());
  const groupOf = new Map(groups.flatMap(([first = "", ...rest]) => [first, ...rest].map((name) => [name, first])));
  const pathName = (group: string) => storePath(group, graph.get(group)?.package.version ?? "");
  const nodes = new Map<string, StorePath & { readonly dependencies: readonly string[] }>();
  for (const members of groups) {
    const [group = ""] = members;
    const needed = new Set(members.flatMap((name) => edges.get(name) ?? []).map((name) => groupOf.get(name) ?? name));
    needed.delete(group);
    const kib = members.reduce((sum, name) => sum + (graph.get(name)?.package.installedSize ?? 0), 0);
    const dependencies = [...needed];
    nodes.set(group, {
      path: pathName(group),
      narSize: kib * KIB,
      references: dependencies.map(pathName),
      dependencies,
    });
  }
  const groupsOf = (programs: readonly string[]) => programs.map((name) => groupOf.get(name) ?? name);
  return {
    programs: [...nodes.keys()].filter((name) => !PART.test(name)).toSorted(),
    paths: nodes,
    closure: (programs) => [...reachable(nodes, groupsOf(programs))].flatMap((name) => nodes.get(name) ?? []),
    pathOf: (program) => pathName(groupOf.get(program) ?? program),
  };
}

/** A made-up path in the form of a store path. Its hash depends on name and version only. */
export function storePath(name: string, version: string): string {
  const hash = createHash("sha256").update(`${name} ${version}`).digest("hex").slice(0, 32).replaceAll("e", "z");
  return `${STORE_DIRECTORY}/${hash}-${name}-${version.replace(/^\d+:/, "").replace(/[^A-Za-z0-9+._?=-]/g, "_")}`;
}
