import { isJsonObject } from "../../protocol/json-object.ts";

/** One attribute of the package set, from `nix/starter/attributes.json`. */
export interface AttributeEntry {
  /** The attribute's name. With a dot, it is in an attribute set: `python3Packages.requests`. */
  readonly path: string;
  /** Names of packages, or patterns. The first package gives the version and the description. */
  readonly debs: readonly string[];
  /** More programs, as shell patterns below the packages' roots. They have priority over programs in `bin`. */
  readonly programs: readonly string[];
}

/**
 * An entry is a package's name, a list of names, or `{ "debs": [...], "programs": [...] }`. Throws a TypeError that
 * names a wrong entry. The table is part of Cornice, so a wrong entry is a defect of ours.
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
  throw new TypeError(`attribute ${path} must be a package, a list of packages, or an object with "debs"`);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
