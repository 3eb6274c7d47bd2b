import { nameOfAttribute } from "../../protocol/package-label.ts";
import { type JsonObject, isListOf } from "../../protocol/json-object.ts";
import type { UnknownName } from "../nix/prepare-image-output.ts";

/**
 * The attributes of each set that the index lists, by the path of the set: "" for the whole package set, else
 * attributes that end with a dot each, such as `perlPackages.`.
 */
export type SetNames = ReadonlyMap<string, readonly string[]>;

/** Why a name that has no entry finds nothing, as `nix/prepare-image.nix` says it. */
export type Dead =
  | { readonly kind: "unknown"; readonly unknown: UnknownName; readonly names: readonly string[] }
  | { readonly kind: "ambiguous"; readonly candidates: readonly string[] };

/**
 * Follows a name through the sets. Undefined if it leads into a value whose attributes the index does not list, such as
 * a package, or to an attribute itself. Then only an evaluation can tell.
 *
 * name: perlpackages.dbl
 *
 *   sets     ""              Git, perlPackages     perlpackages → perlPackages
 *            perlPackages.   DBI, JSON             dbl → nothing: unknown, with depth 1, within `perlPackages.`
 */
export function findDeadEnd(sets: SetNames, name: string): Dead | undefined {
  let within = "";
  for (const [depth, step] of name.split(".").entries()) {
    const names = sets.get(within);
    if (!names) return undefined;
    const [found, second] = attributesFor(names, step);
    if (found === undefined) return { kind: "unknown", unknown: { name, depth, within }, names };
    if (second !== undefined)
      return { kind: "ambiguous", candidates: attributesFor(names, step).map((attribute) => within + attribute) };
    within += `${found}.`;
  }
  return undefined;
}

/** The attributes that one step can mean: the exact one, or else all that differ only in case. */
function attributesFor(names: readonly string[], step: string): readonly string[] {
  return names.includes(step) ? [step] : names.filter((attribute) => nameOfAttribute(attribute) === step);
}

export function setNamesJson(sets: SetNames): JsonObject {
  return Object.fromEntries(sets);
}

/** Undefined if the value is damaged. */
export function parseSetNames(value: JsonObject): SetNames | undefined {
  const sets = Object.entries(value).map(([within, names]) =>
    isListOf(names, isText) ? ([within, names] as const) : undefined,
  );
  return sets.every((set) => set !== undefined) ? new Map(sets) : undefined;
}

const isText = (value: unknown): value is string => typeof value === "string";
