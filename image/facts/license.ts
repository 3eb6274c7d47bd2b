import deprecated from "spdx-license-ids/deprecated.json" with { type: "json" };
import current from "spdx-license-ids/index.json" with { type: "json" };
import { isJsonObject } from "../../protocol/json-object.ts";
import { readText } from "./read-text.ts";

/** A license of the SPDX list by its identifier, or another one by its name. */
export type License = { readonly id: string } | { readonly name: string };

const IDS: ReadonlySet<string> = new Set([...current, ...deprecated]);

/**
 * Reads a license as it stands in the `meta` of a Nix package: a text, or an object with `spdxId`, `fullName` or
 * `shortName`. An identifier that is not in the SPDX list becomes a name. Undefined if there is no name at all.
 */
export function readLicense(value: unknown): License | undefined {
  const { spdxId, fullName, shortName } = isJsonObject(value) ? value : { spdxId: value };
  const id = readText(spdxId);
  if (id !== undefined && IDS.has(id)) return { id };
  const name = readText(fullName) ?? readText(shortName) ?? id;
  return name === undefined ? undefined : { name };
}

/** Each license once, in the order of the first ones. */
export function distinctLicenses(licenses: readonly License[]): readonly License[] {
  return [...new Map(licenses.map((license) => [JSON.stringify(license), license])).values()];
}
