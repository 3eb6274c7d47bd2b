import { ALWAYS_PACKAGES } from "../../image/names/always-packages.ts";
import { findEntry } from "../../image/names/entry-reader.ts";
import type { IndexEntry } from "../../image/names/index-entry.ts";
import type { IndexReader } from "./index-reader.ts";
import { type Dead, findDeadEnd } from "./set-names.ts";

/** What the index knows of a name that a pull asks for. */
export type Lookup = IndexEntry | Dead;

/** What a request's names lead to. */
export interface RequestLookups {
  readonly requested: ReadonlyMap<string, Lookup>;
  /** The packages that every image gets, without those that are requested. */
  readonly always: ReadonlyMap<string, IndexEntry>;
}

const OPEN: IndexEntry = { kind: "open" };
const ABSENT: IndexEntry = { kind: "absent" };

/** Looks all names up at once. `prefix` is that of the index. */
export async function lookUpAll(
  reader: IndexReader,
  prefix: string,
  packages: readonly string[],
): Promise<RequestLookups> {
  const place = { prefix, digits: await reader.digits(prefix) };
  const others = ALWAYS_PACKAGES.filter((name) => !packages.includes(name));
  const [requested, always] = await Promise.all([
    named(packages, async (name) => (await findEntry(reader, place, name)) ?? (await deadEnd(reader, prefix, name))),
    named(others, async (name) => (await findEntry(reader, place, name)) ?? ABSENT),
  ]);
  return { requested, always };
}

async function named<T>(names: readonly string[], find: (name: string) => Promise<T>): Promise<Map<string, T>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await find(name)] as const)));
}

async function deadEnd(reader: IndexReader, prefix: string, name: string): Promise<Lookup> {
  return findDeadEnd(await reader.setNames(prefix), name) ?? OPEN;
}
