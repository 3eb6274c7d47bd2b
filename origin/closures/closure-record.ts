import { isStorePath, STORE_DIRECTORY, storePathWord } from "../../image/closure/store-path.ts";
import { isJsonObject, jsonMembers } from "../../protocol/json-object.ts";
import type { PathCache } from "../caches/cached-path.ts";
import type { KnownPath } from "./known-path.ts";

/** A record of another version counts as missing. */
const RECORD_VERSION = 1;
/** The largest closures of nixpkgs have a few thousand paths, of some 200 bytes each. */
export const MAX_RECORD_BYTES = 8_388_608;
const HASH = /^[0-9a-f]{64}$/;
const NO_HASH = "";
const NO_KEY = "";

/**
 * A closure as JSON: `[name, narSize, narHash, references, cache]` for each path. A path names its references by their places
 * in the list, because names would take most of the bytes. `cache` is a place in `caches`, with `[address, key]` for each.
 * Older records have no caches.
 */
export function closureRecordJson(closure: readonly KnownPath[]): object {
  const places = new Map(closure.map(({ path }, place) => [path, place]));
  const caches = [...new Set(closure.flatMap(({ cache }) => (cache ? [cacheText(cache)] : [])))];
  return {
    version: RECORD_VERSION,
    ...(caches.length > 0 && { caches: caches.map((text): unknown => JSON.parse(text)) }),
    paths: closure.map(({ path, narSize, narHash, references, cache }) => [
      storePathWord(path),
      narSize,
      narHash ?? NO_HASH,
      references.map((reference) => placeOf(places, reference)),
      ...(cache ? [caches.indexOf(cacheText(cache))] : []),
    ]),
  };
}

function cacheText({ address, key }: PathCache): string {
  return JSON.stringify([address, key ?? NO_KEY]);
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
  const caches = jsonMembers(value["caches"]).map(parseCache);
  const closure = rows.map((row, place) => parseRow(row, names[place] ?? "", { names, caches }));
  const whole = closure.filter((path) => path !== undefined);
  return whole.length > 0 && whole.length === closure.length ? whole : undefined;
}

/** Undefined if it is malformed: the path is still known, and its cache is not. */
function parseCache(value: unknown): PathCache | undefined {
  const [address, key] = jsonMembers(value);
  if (typeof address !== "string" || typeof key !== "string") return undefined;
  return { address, key: key === NO_KEY ? undefined : key };
}

/** What the rows of a record refer to by numbers. */
interface RecordLists {
  readonly names: readonly string[];
  readonly caches: readonly (PathCache | undefined)[];
}

function parseRow(row: readonly unknown[], path: string, { names, caches }: RecordLists): KnownPath | undefined {
  const [, narSize, narHash, places, cachePlace] = row;
  const references = jsonMembers(places).map((place) => (typeof place === "number" ? names[place] : undefined));
  const known = references.filter((reference) => reference !== undefined);
  if (!isStorePath(path) || typeof narSize !== "number" || !Number.isSafeInteger(narSize) || narSize < 0)
    return undefined;
  if (typeof narHash !== "string" || (narHash !== NO_HASH && !HASH.test(narHash))) return undefined;
  if (!Array.isArray(places) || known.length !== references.length) return undefined;
  const cache = typeof cachePlace === "number" ? caches[cachePlace] : undefined;
  return {
    path,
    narSize,
    narHash: narHash === NO_HASH ? undefined : narHash,
    references: known,
    ...(cache && { cache }),
  };
}
