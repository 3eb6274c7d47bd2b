import { isJsonObject } from "../../protocol/json-object.ts";

/** One attribute of the package set, as `nix/starter/attributes.json` has it. */
export interface AttributeEntry {
  /** `python3Packages.requests` is an attribute of an attribute set. */
  readonly path: string;
  /** Names or patterns; the first one gives the version and the description. */
  readonly debs: readonly string[];
  /** Further programs, as shell patterns below the packages' roots; they win over those in `bin`. */
  readonly programs: readonly string[];
}

/**
 * An entry is a package's name, a list of them, or `{ "debs": [...], "programs": [...] }`.
 * Throws a TypeError that names the entry: the table is part of the program.
 */
export function parseAttributeTable(json: string): AttributeEntry[] {
  const table: unknown = JSON.parse(json);
  if (!isJsonObject(table)) throw new TypeError("the attribute table is not an object");
  return Object.entries(table).map(([path, entry]) => parseEntry(path, entry));
}

function parseEntry(path: string, entry: unknown): AttributeEntry {
  if (typeof entry === "string") return { path, debs: [entry], programs: [] };
  if (isStrings(entry)) return { path, debs: entry, programs: [] };
  if (isJsonObject(entry) && isStrings(entry["debs"])) {
    const programs = entry["programs"] ?? [];
    if (isStrings(programs)) return { path, debs: entry["debs"], programs };
  }
  throw new TypeError(`attribute ${path} is neither a package, a list of packages nor an object with "debs"`);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
