import { inspectManifest } from "../checking/inspect-manifest.ts";
import { TAG_PREFIX } from "../checking/check-index.ts";
import type { Finding } from "../checking/finding.ts";
import { type Digest, digestHex, parseDigest } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { manifestKey, storedKeyOfTag } from "../../protocol/storage-keys.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";
import { putText } from "../stores/object-store.ts";
import type { RepairContext } from "./repair-context.ts";

const MAX_TAG_BYTES = 65_536;

/** Makes an entry in KV equal to what R2 has. An entry that R2 knows nothing of is removed. */
export async function restoreEntry(
  context: RepairContext,
  { key, fault }: Pick<Finding, "key" | "fault">,
): Promise<void> {
  if (key.startsWith(TAG_PREFIX)) await (fault.kind === "unstored" ? storeTag : showTag)(context, key);
  // The list of KV may be a minute late, and would not show that a new entry is right. The edge writes it again.
  else if (fault.kind === "content-type") await removeEntry(context, key);
  else await showManifest(context, key, parseDigest(key.slice(key.indexOf("/") + 1)));
}

/** Shows R2's tag in KV. */
async function showTag(context: RepairContext, key: string): Promise<void> {
  const stored = await context.store.readVersion(storedKeyOfTag(key), MAX_TAG_BYTES);
  const value = stored?.bytes.toString();
  if (value === undefined) return removeEntry(context, key);
  // R2's own tag is damaged: it has a finding of its own.
  if (!parseTagRecord(parseJsonObject(value))) return;
  await context.index.put([{ key, value }]);
  context.onAction(`${key} is written to KV again, as R2 has it`);
}

/** Stores KV's tag in R2, if R2 has its manifests. Else it is removed from KV. */
export async function storeTag(context: RepairContext, key: string): Promise<void> {
  const { store, index, onAction } = context;
  const value = await index.read(key);
  const record = parseTagRecord(parseJsonObject(value ?? ""));
  const heads = Object.values(record?.manifests ?? {}).map((digest) => store.head(manifestKey(digest)));
  if (value === undefined || !record || !(await Promise.all(heads)).every(Boolean)) return removeEntry(context, key);
  await putText(store, storedKeyOfTag(key), value, "application/json");
  onAction(`${key} is stored in R2, as KV has it`);
}

/** Shows R2's manifest in KV. */
async function showManifest(context: RepairContext, key: string, digest: Digest): Promise<void> {
  const stored = await context.store.readVersion(manifestKey(digest), MAX_MANIFEST_BYTES);
  const bytes = stored && Uint8Array.from(stored.bytes);
  const mediaType = bytes && (await inspectManifest(digestHex(digest), bytes)).contentType;
  if (!stored || mediaType === undefined) return removeEntry(context, key);
  await context.index.put([{ key, value: stored.bytes.toString(), metadata: { mediaType } }]);
  context.onAction(`${key} is written to KV again, as R2 has it`);
}

async function removeEntry({ index, onAction }: RepairContext, key: string): Promise<void> {
  await index.remove([key]);
  onAction(`${key} is removed from KV`);
}
