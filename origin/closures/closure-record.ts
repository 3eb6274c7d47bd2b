import { isStorePath, STORE_DIRECTORY, storePathWord } from "../../image/closure/store-path.ts";
import { isJsonObject, jsonMembers } from "../../protocol/json-object.ts";
import type { KnownPath } from "./known-path.ts";

/** A record of another version counts as missing. */
const RECORD_VERSION = 1;
/** The largest closures of nixpkgs have a few thousand paths, of some 200 bytes each. */
export const MAX_RECORD_BYTES = 8_388_608;
const HASH = /^[0-9a-f]{64}$/;
const NO_HASH = "";

/**
 * A closure as JSON: `[name, narSize, narHash, references]` for each path. A path names its references by their places in
 * the list, because names would take most of the bytes.
 */
export function closureRecordJson(closure: readonly KnownPath[]): object {
  const places = new Map(closure.map(({ path }, place) => [path, place]));
  return {
    version: RECORD_VERSION,
    paths: closure.map(({ path, narSize, narHash, references }) => [
      storePathWord(path),
      narSize,
      narHash ?? NO_HASH,
      references.map((reference) => placeOf(places, reference)),
    ]),
  };
}

function placeOf(places: ReadonlyMap<string, number>, path: string): number {
  const place = places.get(path);
  if (place === undefined) throw new Error(`a closure has a reference to ${path}, which is not in it`);
  return place;
}

/** Reads a record. Undefined if it is not a whole record of this version. */
export function parseClosureRecord(value: unknown): readonly KnownPath[] | undefined {
  if (!isJsonObject(value) || value["version"] !== RECORD_VERSION) return undefined;
  const rows = jsonMembers(value["paths"]).map(jsonMembers);
  const names = rows.map(([name]) => `${STORE_DIRECTORY}/${String(name)}`);
  const closure = rows.map((row, place) => parseRow(row, names[place] ?? "", names));
  const whole = closure.filter((path) => path !== undefined);
  return whole.length > 0 && whole.length === closure.length ? whole : undefined;
}

function parseRow(row: readonly unknown[], path: string, names: readonly string[]): KnownPath | undefined {
  const [, narSize, narHash, places] = row;
  const references = jsonMembers(places).map((place) => (typeof place === "number" ? names[place] : undefined));
  const known = references.filter((reference) => reference !== undefined);
  if (!isStorePath(path) || typeof narSize !== "number" || !Number.isSafeInteger(narSize) || narSize < 0)
    return undefined;
  if (typeof narHash !== "string" || (narHash !== NO_HASH && !HASH.test(narHash))) return undefined;
  if (!Array.isArray(places) || known.length !== references.length) return undefined;
  return { path, narSize, narHash: narHash === NO_HASH ? undefined : narHash, references: known };
}
