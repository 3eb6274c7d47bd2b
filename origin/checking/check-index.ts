import { type Digest, digestHex, isDigest } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { manifestCacheKey, manifestKey, storedKeyOfTag } from "../../protocol/storage-keys.ts";
import { parseStoredKey } from "../../protocol/stored-key.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";
import type { ListedEntry } from "../stores/maintained-store.ts";
import type { CheckContext } from "./check-object.ts";
import { contentTypeFindings, type Finding, finding } from "./finding.ts";
import { inspectManifest } from "./inspect-manifest.ts";

/** The prefixes of our keys in KV. */
export const TAG_PREFIX = "tag/";
export const MANIFEST_PREFIX = "manifest/";

/** What is wrong with an entry in KV. Empty for an entry that is gone, or that is not ours. Throws `StoreError`. */
export async function checkIndexEntry(context: CheckContext, entry: ListedEntry): Promise<readonly Finding[]> {
  return entry.key.startsWith(TAG_PREFIX) ? checkTag(context, entry.key) : checkManifest(context, entry);
}

/** Whether the check of an entry reads its value. Most tags are read with R2's. */
export function isReadAlone(key: string): boolean {
  return manifestIn(key) !== undefined;
}

/** If R2 has the tag, the check of R2's tag compares both. */
async function checkTag({ index, store }: CheckContext, key: string): Promise<readonly Finding[]> {
  const storedKey = storedKeyOfTag(key);
  if (parseStoredKey(storedKey)?.kind !== "tag" || (await store.head(storedKey))) return [];
  const text = await index.read(key);
  if (text === undefined) return [];
  if (!parseTagRecord(parseJsonObject(text)))
    return [finding("KV", key, { kind: "damaged" }, "holds no tag of a known version")];
  return [finding("KV", key, { kind: "unstored" }, "has no copy in R2")];
}

/** Undefined if the key is not that of one of our manifests. */
function manifestIn(key: string): Digest | undefined {
  const digest = key.slice(MANIFEST_PREFIX.length);
  return isDigest(digest) && key === manifestCacheKey(digest) ? digest : undefined;
}

async function checkManifest(
  { index, known }: CheckContext,
  { key, metadata }: ListedEntry,
): Promise<readonly Finding[]> {
  const digest = manifestIn(key);
  if (digest === undefined) return [];
  const text = await index.read(key);
  if (text === undefined) return [];
  const { problem, contentType } = await inspectManifest(digestHex(digest), new TextEncoder().encode(text));
  if (problem !== undefined) return [finding("KV", key, { kind: "damaged" }, problem)];
  const lost = manifestKey(digest);
  if ((await known.sizeOf(lost)) === undefined)
    return [finding("KV", key, { kind: "lost-name", lost }, `stands for ${lost}, which is not there`)];
  return contentTypeFindings({ place: "KV", key }, contentType, metadata["mediaType"]);
}
