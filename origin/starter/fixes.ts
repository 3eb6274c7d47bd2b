import { isJsonObject } from "../../protocol/json-object.ts";
import { namePattern } from "./name-pattern.ts";

/** Scripts of `finish/` that run a program of their package. They need a machine of the package's architecture. */
const RUN_THEIR_PROGRAM: ReadonlySet<string> = new Set(["graphviz.sh"]);

/** Whether a script runs a program of one of these packages. */
export function runsOwnProgram(debs: readonly string[], { finish }: Pick<FixTables, "finish">): boolean {
  return filesOf(debs, finish).some((file) => RUN_THEIR_PROGRAM.has(file));
}

/** Changes to one group of packages that replace Debian's maintainer scripts. */
export interface Fixes {
  /** Links and their targets, like those of `update-alternatives`. */
  readonly links: Readonly<Record<string, string>>;
  /** Scripts that run before the files are adapted to their store path. */
  readonly steps: readonly string[];
  /** Scripts that run after the files are adapted to their store path. */
  readonly finish: readonly string[];
  /** Files with accounts and directories, in the formats of systemd's sysusers.d and tmpfiles.d. */
  readonly accounts: readonly string[];
}

/** All fixes, by the name or pattern of their package. */
export interface FixTables {
  /** In links and targets, `#` means the package's version number, and `{triplet}` the machine's architecture. */
  readonly links: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** File names, such as `postgresql-#.sh`. */
  readonly steps: readonly string[];
  readonly finish: readonly string[];
  /** File names, such as `postgresql-#.conf`. */
  readonly accounts: readonly string[];
}

export function fixesOf(debs: readonly string[], tables: FixTables, system: string): Fixes {
  return {
    links: Object.fromEntries(debs.flatMap((deb) => linksOf(deb, tables.links, `${system}-gnu`))),
    steps: filesOf(debs, tables.steps),
    finish: filesOf(debs, tables.finish),
    accounts: filesOf(debs, tables.accounts),
  };
}

function linksOf(deb: string, table: FixTables["links"], triplet: string): [string, string][] {
  const found: [string, string][] = [];
  for (const [pattern, links] of Object.entries(table)) {
    const match = namePattern(pattern).exec(deb);
    if (!match) continue;
    const insert = (text: string): string => text.replaceAll("#", match[1] ?? "#").replaceAll("{triplet}", triplet);
    for (const [link, target] of Object.entries(links)) found.push([insert(link), insert(target)]);
  }
  return found;
}

function filesOf(debs: readonly string[], files: readonly string[]): string[] {
  const matching = files.filter((file) => {
    const pattern = namePattern(file.replace(/\.(?:sh|conf)$/, ""));
    return debs.some((deb) => pattern.test(deb));
  });
  return matching.toSorted();
}

/** Throws a TypeError that names the package with wrong links. */
export function parseLinkTable(json: string): FixTables["links"] {
  const table: unknown = JSON.parse(json);
  if (!isJsonObject(table)) throw new TypeError("the table of links is not an object");
  return Object.fromEntries(Object.entries(table).map(([deb, links]) => [deb, parseLinks(deb, links)]));
}

function parseLinks(deb: string, links: unknown): Record<string, string> {
  if (!isJsonObject(links)) throw new TypeError(`the links of ${deb} are not an object`);
  const pairs = Object.entries(links).map(([link, target]): [string, string] => {
    if (typeof target !== "string") throw new TypeError(`link ${link} of ${deb} has no target`);
    return [link, target];
  });
  return Object.fromEntries(pairs);
}
