import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { PackageIndex } from "../../protocol/package-index.ts";
import { packageIndexKey } from "../../protocol/storage-keys.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { IndexableSource } from "./package-index.ts";

/** The index that the store has now, or had all the time. */
export interface PublishedIndex {
  readonly key: string;
  /** Undefined where the store has had it already. */
  readonly index: PackageIndex | undefined;
}

/** Compressed once, and read many times. */
const GZIP_LEVEL = 9;

/** Lists the packages of a source into a store, unless what the store has is of the same state. */
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
