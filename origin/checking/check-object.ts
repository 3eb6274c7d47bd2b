import { isDeepStrictEqual } from "node:util";
import type { Digest } from "../../protocol/digest.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { type Descriptor, MAX_MANIFEST_BYTES, parseManifestText } from "../../protocol/manifest.ts";
import { keyOfStoredTag, manifestKey } from "../../protocol/storage-keys.ts";
import { parseStoredKey, type StoredKey } from "../../protocol/stored-key.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";
import type {
  EntryList,
  ListedObject,
  MaintainedIndex,
  MaintainedStore,
  VersionedObject,
} from "../stores/maintained-store.ts";
import { type BytesListener, isBlobWhole } from "./check-blob.ts";
import { contentTypeFindings, type Finding, finding } from "./finding.ts";
import type { NamedObject } from "./inspection.ts";
import type { KnownObjects } from "./known-objects.ts";
import { checkOf } from "./object-kinds.ts";

/** What checks read. They change nothing. */
export interface CheckedStores {
  readonly store: Pick<MaintainedStore, "head" | "open" | "list" | "readVersion">;
  readonly index: Pick<MaintainedIndex, "read" | "readMany"> & EntryList;
}

export interface CheckContext extends CheckedStores {
  readonly known: KnownObjects;
  /** Whether blobs are read. Without it, only their sizes are checked. */
  readonly readsBlobs: boolean;
  readonly onBytes: BytesListener;
  readonly signal: AbortSignal;
}

/** What is wrong with an object in R2. Empty for an object that is gone, or that is not ours. Throws `StoreError`. */
export async function checkObject(context: CheckContext, { key, size }: ListedObject): Promise<readonly Finding[]> {
  const stored = parseStoredKey(key);
  if (!stored) return [];
  if (stored.kind === "blob") return checkBlob(context, key, stored.digest);
  const check = checkOf(key, stored);
  if (!check) return [];
  const object = await context.store.readVersion(key, check.maxBytes);
  if (!object) return size > check.maxBytes ? [damaged(key, `has ${size} bytes; no reader takes it`)] : [];
  context.onBytes(object.bytes.length);
  const bytes = Uint8Array.from(object.bytes);
  const inspection = await check.inspect(bytes);
  const { problem } = inspection;
  if (problem !== undefined) return [damaged(key, problem)];
  return [
    ...contentTypeFindings({ place: "R2", key }, inspection.contentType, object.contentType),
    ...(await lostNames(context, key, inspection.names)),
    ...(await findingsBeside(context, key, stored, object)),
  ];
}

async function checkBlob(context: CheckContext, key: string, digest: Digest): Promise<readonly Finding[]> {
  const { store, readsBlobs, onBytes, signal } = context;
  if (!readsBlobs || (await isBlobWhole(store, digest, onBytes, signal))) return [];
  return [damaged(key, "holds other bytes than its digest says")];
}

function damaged(key: string, problem: string): Finding {
  return finding("R2", key, { kind: "damaged" }, problem);
}

/** One finding for each name that leads to nothing. */
export async function lostNames(
  { known }: Pick<CheckContext, "known">,
  key: string,
  names: readonly NamedObject[],
): Promise<readonly Finding[]> {
  const distinct = new Map(names.map((named) => [named.key, named]));
  const found = [...distinct.values()].map(async (named) => {
    const size = await known.sizeOf(named.key);
    if (size !== undefined && size === (named.size ?? size)) return [];
    const what = size === undefined ? "is not there" : `has ${size} bytes and not ${named.size}`;
    return [finding("R2", key, { kind: "lost-name", lost: named.key }, `names ${named.key}, which ${what}`)];
  });
  return (await Promise.all(found)).flat();
}

/** What other objects say about the same thing. */
async function findingsBeside(
  context: CheckContext,
  key: string,
  stored: StoredKey,
  { bytes }: VersionedObject,
): Promise<readonly Finding[]> {
  if (stored.kind === "tag") return copyFindings(context, key, bytes.toString());
  if (stored.kind !== "contents") return [];
  const manifest = await context.store.readVersion(manifestKey(stored.digest), MAX_MANIFEST_BYTES);
  const layers = parseManifestText(manifest?.bytes.toString() ?? "")?.layers;
  const described = parseImageContents(parseJsonObject(bytes.toString()))?.layers;
  const isSame = !layers || !described || isDeepStrictEqual(described.map(descriptorOf), layers.map(descriptorOf));
  return isSame ? [] : [damaged(key, "has other layers than its manifest")];
}

function descriptorOf({ digest, size }: Descriptor): Descriptor {
  return { digest, size };
}

async function copyFindings({ index }: CheckContext, key: string, text: string): Promise<readonly Finding[]> {
  const copyKey = keyOfStoredTag(key);
  const copy = await index.read(copyKey);
  const [stored, shown] = [text, copy ?? ""].map((json) => parseTagRecord(parseJsonObject(json)));
  if (isDeepStrictEqual(stored, shown)) return [];
  const problem = copy === undefined ? "is missing" : "is not what R2 has";
  return [finding("KV", copyKey, { kind: "differs" }, problem)];
}
