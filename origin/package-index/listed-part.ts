import { isListOf, type JsonObject, jsonMembers } from "../../protocol/json-object.ts";
import type { IndexedPackage } from "../../protocol/package-index.ts";
import { entryJson, type IndexEntry, parseEntry } from "../../image/names/index-entry.ts";
import { memberObject } from "../../image/names/index-format.ts";
import { parseSetNames, type SetNames, setNamesJson } from "../index/set-names.ts";
import type { PackageWalk } from "./package-walk.ts";

/** What a walk over a part of a package set has found. */
export interface ListedPart {
  readonly packages: readonly IndexedPackage[];
  readonly entries: ReadonlyMap<string, IndexEntry>;
  readonly sets: SetNames;
  /** All attributes of the whole set. Only in the first part. */
  readonly topLevel: readonly string[];
}

export function partOf({ range, sets, ...walk }: PackageWalk): ListedPart {
  const topLevel = range.from === 0 ? sets.attributesOf([]) : [];
  return { packages: walk.packages(), entries: walk.entries(), sets: sets.names(range), topLevel };
}

/** Puts the parts of a package set together. */
export function joinParts(parts: readonly ListedPart[]): ListedPart {
  return {
    packages: parts.flatMap(({ packages }) => packages),
    entries: new Map(parts.flatMap(({ entries }) => [...entries])),
    sets: new Map(parts.flatMap(({ sets }) => [...sets])),
    topLevel: parts.flatMap(({ topLevel }) => topLevel),
  };
}

export function partJson({ packages, entries, sets, topLevel }: ListedPart): JsonObject {
  const named = [...entries].map(([name, entry]) => [name, entryJson(name, entry)]);
  return { packages, entries: Object.fromEntries(named), sets: setNamesJson(sets), topLevel };
}

/** Undefined if the value is damaged. */
export function parsePart(members: JsonObject): ListedPart | undefined {
  const packages = jsonMembers(members["packages"]);
  const sets = parseSetNames(memberObject(members, "sets"));
  const entries = parseEntries(memberObject(members, "entries"));
  const { topLevel } = members;
  if (!sets || !entries || !packages.every(isRow) || !isListOf(topLevel, isText)) return undefined;
  return { packages, entries, sets, topLevel };
}

function parseEntries(value: JsonObject): Map<string, IndexEntry> | undefined {
  const entries = Object.entries(value).map(([name, entry]) => [name, parseEntry(name, entry)] as const);
  const known = entries.flatMap(([name, entry]) => (entry ? [[name, entry] as const] : []));
  return known.length === entries.length ? new Map(known) : undefined;
}

function isRow(value: unknown): value is IndexedPackage {
  return Array.isArray(value) && value.length === 3 && isListOf(value, isText);
}

const isText = (value: unknown): value is string => typeof value === "string";
