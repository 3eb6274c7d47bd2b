import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";

/** An attribute by its place among its siblings, and that of each set on the way to it: `[17, 3]`. */
export type Place = readonly number[];

/** A line of `nix/list-packages.nix`. */
export type WalkLine =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "at"; readonly place: Place }
  | { readonly kind: "package"; readonly version: string }
  | { readonly kind: "description"; readonly text: string }
  | { readonly kind: "more"; readonly place: Place };

const TRACE = "trace: ";

/** Undefined for what is none: the rest of Nix's log, and what the package set has traced itself. */
export function parseWalkLine(line: string, mark: string): WalkLine | undefined {
  const start = `${TRACE}${mark}`;
  const value = line.startsWith(start) ? parseJsonObject(line.slice(start.length)) : null;
  if (!isJsonObject(value)) return undefined;
  const { names, at, package: version, description, more } = value;
  if (isListOf(names, isText)) return { kind: "names", names };
  if (isListOf(at, isIndex)) return { kind: "at", place: at };
  if (typeof version === "string") return { kind: "package", version };
  if (typeof description === "string") return { kind: "description", text: description };
  return isListOf(more, isIndex) ? { kind: "more", place: more } : undefined;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isIndex = (value: unknown): value is number => Number.isSafeInteger(value);

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every((item) => isItem(item));
}
