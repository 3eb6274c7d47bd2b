import { entryJson, type IndexEntry } from "../../image/names/index-entry.ts";
import { MAX_SMALL_BYTES } from "../../image/names/index-format.ts";
import { MAX_DIGITS, shardDigits } from "../../image/names/shard-digits.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { packObject } from "./pack-object.ts";

/** A name needs about 55 bytes, a quarter of them for its license and homepage. So a shard has some 22 kB. */
const NAMES_A_SHARD = 400;
const RADIX = 16;

export interface Shards {
  /** The number of hexadecimal digits in the name of a shard. There are 16 shards for one digit, 256 for two. */
  readonly digits: number;
  /** The bytes of each shard. A shard without entries is there, too: it says that its names are unknown. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

/**
 * Splits entries into shards of at most `MAX_SMALL_BYTES`. Equal entries give equal bytes. Larger shards are left out
 * if even the most shards do not help.
 */
export async function buildShards(entries: ReadonlyMap<string, IndexEntry>): Promise<Shards> {
  const sorted = await withDigits([...entries].toSorted(([a], [b]) => compareText(a, b)));
  let digits = fewestDigits(sorted.length);
  let objects = await packShards(sorted, digits);
  while (digits < MAX_DIGITS && hasLarge(objects)) objects = await packShards(sorted, (digits += 1));
  return { digits, objects: new Map([...objects].filter(([, bytes]) => bytes.length <= MAX_SMALL_BYTES)) };
}

function fewestDigits(count: number): number {
  let digits = 0;
  while (digits < MAX_DIGITS && count > NAMES_A_SHARD * RADIX ** digits) digits += 1;
  return digits;
}

function hasLarge(objects: ReadonlyMap<string, Uint8Array>): boolean {
  return [...objects.values()].some((bytes) => bytes.length > MAX_SMALL_BYTES);
}

type NamedEntry = readonly [name: string, entry: IndexEntry];
type PlacedEntry = readonly [name: string, entry: IndexEntry, digits: string];

/** Adds the digits of the most shards to each entry. Fewer shards have the first ones of these digits. */
async function withDigits(entries: readonly NamedEntry[]): Promise<PlacedEntry[]> {
  const placed: PlacedEntry[] = [];
  // One after the other: a hundred thousand hashes at once take hundreds of megabytes.
  for (const [name, entry] of entries) placed.push([name, entry, await shardDigits(name, MAX_DIGITS)]);
  return placed;
}

async function packShards(entries: readonly PlacedEntry[], digits: number): Promise<Map<string, Uint8Array>> {
  const groups = Map.groupBy(entries, ([, , all]) => all.slice(0, digits));
  const packed: [string, Uint8Array][] = [];
  for (const shard of allShards(digits))
    packed.push([shard, await packObject({ entries: membersJson(groups.get(shard) ?? []) })]);
  return new Map(packed);
}

function allShards(digits: number): string[] {
  if (digits === 0) return [""];
  return Array.from({ length: RADIX ** digits }, (_, index) => index.toString(RADIX).padStart(digits, "0"));
}

function membersJson(entries: readonly PlacedEntry[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, entry]) => [name, entryJson(name, entry)]));
}
