import { ALWAYS_PACKAGES } from "../nix/always-packages.ts";
import type { IndexEntry } from "./index-entry.ts";
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
  const digits = await reader.digits(prefix);
  const entryOf = (name: string) => findEntry(reader, { prefix, digits, name });
  const others = ALWAYS_PACKAGES.filter((name) => !packages.includes(name));
  const [requested, always] = await Promise.all([
    named(packages, async (name) => (await entryOf(name)) ?? (await deadEnd(reader, prefix, name))),
    named(others, async (name) => (await entryOf(name)) ?? ABSENT),
  ]);
  return { requested, always };
}

async function named<T>(names: readonly string[], find: (name: string) => Promise<T>): Promise<Map<string, T>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await find(name)] as const)));
}

interface Place {
  readonly prefix: string;
  /** Undefined if there is no index. There may still be entries of evaluations. */
  readonly digits: number | undefined;
  readonly name: string;
}

/** Undefined if the index is whole and has no such name. */
async function findEntry(reader: IndexReader, { prefix, digits, name }: Place): Promise<IndexEntry | undefined> {
  const listed = digits === undefined ? OPEN : await reader.shardEntry(prefix, digits, name);
  // The whole package set is listed, so a name without a dot needs no other entry.
  if (listed ? listed.kind !== "open" : !name.includes(".")) return listed;
  return (await reader.ownEntry(prefix, name)) ?? listed;
}

async function deadEnd(reader: IndexReader, prefix: string, name: string): Promise<Lookup> {
  return findDeadEnd(await reader.setNames(prefix), name) ?? OPEN;
}
