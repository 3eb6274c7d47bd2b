import pLimit from "p-limit";
import type { IndexEntry } from "../../image/names/index-entry.ts";
import { nameIndexMetaKey, nameShardKey, setNamesKey } from "../../protocol/storage-keys.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import { packObject } from "./pack-object.ts";
import { type SetNames, setNamesJson } from "./set-names.ts";
import { buildShards } from "./shards.ts";

/** All that an index says. */
export interface IndexContents {
  /** By the name that a pull uses. */
  readonly entries: ReadonlyMap<string, IndexEntry>;
  readonly sets: SetNames;
}

/** The size of an index. */
export interface WrittenIndex {
  readonly names: number;
  readonly shards: number;
  /** Bytes of all objects. */
  readonly bytes: number;
}

/** One process writes to R2 over this many connections. */
const MAX_UPLOADS = 16;

/**
 * Writes an index. Its meta comes last, so a reader that finds the meta finds all. Equal contents give equal bytes, so
 * two writers at the same time do no harm.
 */
export async function writeIndex(
  store: ObjectStore,
  prefix: string,
  { entries, sets }: IndexContents,
  signal: AbortSignal,
): Promise<WrittenIndex> {
  const { digits, objects } = await buildShards(entries);
  const put = (key: string, bytes: Uint8Array) =>
    store.put(key, { kind: "bytes", bytes }, { contentType: "application/gzip", signal });
  const names = await packObject({ sets: setNamesJson(sets) });
  const uploads = [
    [setNamesKey(prefix), names] as const,
    ...[...objects].map(([shard, bytes]) => [nameShardKey(prefix, shard), bytes] as const),
  ];
  await pLimit(MAX_UPLOADS).map(uploads, ([key, bytes]) => put(key, bytes));
  await put(nameIndexMetaKey(prefix), await packObject({ digits, names: entries.size }));
  const bytes = uploads.reduce((sum, [, object]) => sum + object.length, 0);
  return { names: entries.size, shards: objects.size, bytes };
}
