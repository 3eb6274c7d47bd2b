import { isJsonObject } from "../../protocol/json-object.ts";
import { namePattern } from "./name-pattern.ts";

/** What Debian's maintainer scripts would do, for one group of packages. */
export interface Fixes {
  /** Links to make, with their targets, as `update-alternatives` would. */
  readonly links: Readonly<Record<string, string>>;
  /** Scripts that are run before and after the files are made at home in the store. */
  readonly steps: readonly string[];
  readonly finish: readonly string[];
}

/** All fixes there are, by the name or the pattern of the package they are for. */
export interface FixTables {
  /** In links and targets, `#` is the package's version number and `{triplet}` names the machine. */
  readonly links: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** File names: `postgresql-#.sh`. */
  readonly steps: readonly string[];
  readonly finish: readonly string[];
}

export function fixesOf(debs: readonly string[], tables: FixTables, system: string): Fixes {
  return {
    links: Object.fromEntries(debs.flatMap((deb) => linksOf(deb, tables.links, `${system}-gnu`))),
    steps: scriptsOf(debs, tables.steps),
    finish: scriptsOf(debs, tables.finish),
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

function scriptsOf(debs: readonly string[], scripts: readonly string[]): string[] {
  const matching = scripts.filter((script) => {
    const pattern = namePattern(script.replace(/\.sh$/, ""));
    return debs.some((deb) => pattern.test(deb));
  });
  return matching.toSorted();
}

/** Throws a TypeError that names the package whose links are wrong. */
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
