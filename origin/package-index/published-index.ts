import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { PackageIndex } from "../../protocol/package-index.ts";
import { packageIndexKey } from "../../protocol/storage-keys.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { IndexableSource } from "./package-index.ts";

/** The index that is in the store after `publishIndex`. */
export interface PublishedIndex {
  readonly key: string;
  /** Undefined if the store had it before. */
  readonly index: PackageIndex | undefined;
}

/** The highest level: the index is compressed once and read many times. */
const GZIP_LEVEL = 9;

/** Lists the packages of a source and stores the list, unless the store has an index of the same state. */
export async function publishIndex(
  store: ObjectStore,
  indexable: IndexableSource,
  signal: AbortSignal,
): Promise<PublishedIndex> {
  const { source, state } = indexable;
  const key = await packageIndexKey(source);
  const head = await store.head(key);
  if (state !== undefined && head?.metadata?.["state"] === state) return { key, index: undefined };
  const index = await indexable.list();
  const bytes = await promisify(gzip)(JSON.stringify(index), { level: GZIP_LEVEL });
  const metadata = state === undefined ? {} : { state };
  const options = { contentType: "application/json", contentEncoding: "gzip", metadata, signal };
  await store.put(key, { kind: "bytes", bytes }, options);
  return { key, index };
}
