import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { inspectManifest } from "../checking/inspect-manifest.ts";
import { findKeptFile } from "../layers/kept-file.ts";
import { isSystemError } from "../system/error-code.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { manifestCacheKey, manifestKey } from "../../protocol/storage-keys.ts";
import { parseStoredKey } from "../../protocol/stored-key.ts";
import type { RepairContext } from "./repair-context.ts";

const BLOB_CONTENT_TYPE = "application/octet-stream";

/** Puts an object again, if a whole copy of it is at hand. Each put replaces the damaged object in one step. */
export async function restoreObject(context: RepairContext, key: string): Promise<void> {
  const stored = parseStoredKey(key);
  if (stored?.kind === "blob") await restoreBlob(context, key, stored.digest);
  if (stored?.kind === "manifest") await restoreManifest(context, key, stored.digest);
}

async function restoreBlob(context: RepairContext, key: string, digest: Digest): Promise<void> {
  const { store, keptFolder, onAction, signal } = context;
  try {
    const file = await findKeptFile(keptFolder, digest);
    if (!file || (await hashOfFile(file.path)) !== digestHex(digest)) return;
    await store.put(key, { kind: "file", ...file }, { contentType: BLOB_CONTENT_TYPE, signal });
    onAction(`${key} is uploaded again, from the layers that this origin has kept`);
  } catch (error) {
    // A running origin has removed the file meanwhile, or another user may not read it.
    if (!isSystemError(error)) throw error;
  }
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** KV may have the manifest. It counts if everything that it names is there. */
async function restoreManifest(context: RepairContext, key: string, digest: Digest): Promise<void> {
  const text = await context.index.read(manifestCacheKey(digest));
  if (text !== undefined && (await putManifest(context, digest, new TextEncoder().encode(text))))
    context.onAction(`${key} is put again, from KV`);
}

/** Puts a manifest with its own media type. Returns whether the bytes are whole, and all that they name is there. */
export async function putManifest(
  { store }: Pick<RepairContext, "store">,
  digest: Digest,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const { contentType, names } = await inspectManifest(digestHex(digest), bytes);
  if (contentType === undefined || bytes.length > MAX_MANIFEST_BYTES) return false;
  for (const { key, size } of names) {
    const head = await store.head(key);
    if (!head || head.size !== (size ?? head.size)) return false;
  }
  await store.put(manifestKey(digest), { kind: "bytes", bytes }, { contentType });
  return true;
}
