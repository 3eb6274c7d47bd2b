import { createHash } from "node:crypto";
import { compareText } from "../../protocol/compare-text.ts";
import { entryJson, type IndexEntry } from "./index-entry.ts";
import { packObject } from "./index-format.ts";

/** A shard is read for each package of a pull, so it is small; bytes. */
export const MAX_SHARD_BYTES = 65_536;
/** A name needs about 50 bytes, so a shard has some 20 kB. */
const NAMES_A_SHARD = 400;
/** 4096 shards. */
export const MAX_DIGITS = 3;
const RADIX = 16;

/** The digits that name the shard of a name. Every reader and writer must agree on them. */
export function shardDigits(name: string, count: number): string {
  return createHash("sha256").update(name).digest("hex").slice(0, count);
}

export interface Shards {
  /** The number of hexadecimal digits in the name of a shard. There are 16 shards for one digit, 256 for two. */
  readonly digits: number;
  /** The bytes of each shard. A shard without entries is there, too: it says that its names are unknown. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

/**
 * Splits entries into shards of at most `MAX_SHARD_BYTES`. Equal entries give equal bytes. Larger shards are left out
 * if even the most shards do not help.
 */
export async function buildShards(entries: ReadonlyMap<string, IndexEntry>): Promise<Shards> {
  const sorted = [...entries].toSorted(([a], [b]) => compareText(a, b));
  let digits = fewestDigits(sorted.length);
  let objects = await packShards(sorted, digits);
  while (digits < MAX_DIGITS && hasLarge(objects)) objects = await packShards(sorted, (digits += 1));
  return { digits, objects: new Map([...objects].filter(([, bytes]) => bytes.length <= MAX_SHARD_BYTES)) };
}

function fewestDigits(count: number): number {
  let digits = 0;
  while (digits < MAX_DIGITS && count > NAMES_A_SHARD * RADIX ** digits) digits += 1;
  return digits;
}

function hasLarge(objects: ReadonlyMap<string, Uint8Array>): boolean {
  return [...objects.values()].some((bytes) => bytes.length > MAX_SHARD_BYTES);
}

type NamedEntry = readonly [name: string, entry: IndexEntry];

async function packShards(entries: readonly NamedEntry[], digits: number): Promise<Map<string, Uint8Array>> {
  const groups = Map.groupBy(entries, ([name]) => shardDigits(name, digits));
  const packed: [string, Uint8Array][] = [];
  for (const shard of allShards(digits))
    packed.push([shard, await packObject({ entries: membersJson(groups.get(shard) ?? []) })]);
  return new Map(packed);
}

function allShards(digits: number): string[] {
  if (digits === 0) return [""];
  return Array.from({ length: RADIX ** digits }, (_, index) => index.toString(RADIX).padStart(digits, "0"));
}

function membersJson(entries: readonly NamedEntry[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, entry]) => [name, entryJson(name, entry)]));
}
