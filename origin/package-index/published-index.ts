import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Architecture } from "../../protocol/image-name.ts";
import { type PackageIndex, packageIndexMetadata, parsePackageIndexMetadata } from "../../protocol/package-index.ts";
import { nameIndexMetaKey, packageIndexKey } from "../../protocol/storage-keys.ts";
import { writeIndex, type WrittenIndex } from "../index/write-index.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import { IndexError } from "./index-error.ts";
import type { IndexableSource, NamedPackages } from "./package-index.ts";

/** The index that is in the store after `publishIndex`. */
export interface PublishedIndex {
  readonly key: string;
  /** Undefined if the store had it before. */
  readonly index: PackageIndex | undefined;
  /** The indexes of names that the store did not have before. */
  readonly names: readonly PublishedNames[];
  /** The architectures that have no index of names, because Nix cannot evaluate the set, or not in time. */
  readonly skipped: readonly SkippedNames[];
}

export interface PublishedNames extends WrittenIndex {
  readonly architecture: Architecture;
}

interface SkippedNames {
  readonly architecture: Architecture;
  readonly reason: string;
}

/** The highest level: the index is compressed once and read many times. */
const GZIP_LEVEL = 9;

/**
 * Lists the packages of a source and stores the list, and an index of names for each architecture. Leaves out what the
 * store has already for the same state. One evaluation gives the list and the names of this machine's architecture.
 */
export async function publishIndex(
  store: ObjectStore,
  indexable: IndexableSource,
  signal: AbortSignal,
): Promise<PublishedIndex> {
  const publishing = { store, indexable, key: await packageIndexKey(indexable.source), signal };
  const isListed = await hasList(publishing);
  const [names, skipped]: [PublishedNames[], SkippedNames[]] = [[], []];
  let index: PackageIndex | undefined;
  for (const [position, architecture] of indexable.architectures.entries()) {
    const onListed = async (listed: PackageIndex) => {
      if (position === 0 && !isListed) await putList(publishing, (index = listed));
    };
    const published = await publishNames(publishing, architecture, onListed).catch(messageOf);
    if (typeof published === "string") skipped.push({ architecture, reason: published });
    else if (published) names.push({ architecture, ...published });
  }
  if (!isListed && !index) await putList(publishing, (index = await indexable.list()));
  return { key: publishing.key, index, names, skipped };
}

interface Publishing {
  readonly store: ObjectStore;
  readonly indexable: IndexableSource;
  /** The key of the list. */
  readonly key: string;
  readonly signal: AbortSignal;
}

/** Undefined if the store has the index of names, or if there can be none. */
async function publishNames(
  { store, indexable, signal }: Publishing,
  architecture: Architecture,
  onListed: (index: PackageIndex) => Promise<void>,
): Promise<WrittenIndex | undefined> {
  const prefix = await indexable.namesPrefix(architecture);
  if (prefix === undefined || (await store.head(nameIndexMetaKey(prefix)))) return undefined;
  const named: NamedPackages = await indexable.listNames(architecture);
  // People see the list, so it comes first.
  await onListed(named.index);
  const written = await writeIndex(store, prefix, named, signal);
  await named.forget();
  return written;
}

/** The list, or another architecture, may still be possible. */
function messageOf(error: unknown): string {
  if (error instanceof IndexError) return error.message;
  throw error;
}

async function hasList({ store, indexable, key }: Publishing): Promise<boolean> {
  const { state } = indexable;
  if (state === undefined) return false;
  const list = await store.head(key);
  return list !== undefined && parsePackageIndexMetadata(list.metadata)?.state === state;
}

async function putList({ store, indexable, key, signal }: Publishing, index: PackageIndex): Promise<void> {
  const { state } = indexable;
  const bytes = await promisify(gzip)(JSON.stringify(index), { level: GZIP_LEVEL });
  const metadata = packageIndexMetadata(state);
  const options = { contentType: "application/json", contentEncoding: "gzip", metadata, signal };
  await store.put(key, { kind: "bytes", bytes }, options);
}
