import { parseLayerList, layerListJson, MAX_LAYER_LIST_BYTES } from "../../image/layers/layer-list.ts";
import { sha256Digest } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import {
  attachedKey,
  blobKey,
  contentsKey,
  keyOfStoredTag,
  LAYER_LIST_KEY,
  manifestCacheKey,
} from "../../protocol/storage-keys.ts";
import { parseStoredKey, STORED_PREFIXES, type StoredKind } from "../../protocol/stored-key.ts";
import { isBlobWhole } from "../checking/check-blob.ts";
import { namesOf } from "./named-objects.ts";
import type { RepairContext } from "./repair-context.ts";

/**
 * Removes blobs and manifests that nobody can bring back, and before them all that names them, from the top: tags, records,
 * lists, manifests, blobs. So a reader between two steps finds nothing that was whole and now is not.
 */
export async function removeLost(context: RepairContext, lost: ReadonlySet<string>): Promise<void> {
  if (lost.size === 0) return;
  const doomed = await doomedManifests(context, lost);
  const all = new Set([...lost, ...doomed]);
  await removeTags(context, all);
  for (const kind of ["attached", "image", "bundle", "layer"] as const)
    for await (const key of naming(context, kind, all)) await remove(context, [key]);
  await rewriteLayerList(context, lost);
  await removeManifests(context, doomed);
  for (const key of keysOf(lost, "blob")) await removeBlob(context, key);
}

/** A build may have put the blob meanwhile. */
async function removeBlob(context: RepairContext, key: string): Promise<void> {
  const stored = parseStoredKey(key);
  if (stored?.kind !== "blob") return;
  await context.alive();
  if (!(await isBlobWhole(context.store, stored.digest, () => {}, context.signal))) await remove(context, [key]);
}

/** The manifests that lead to something lost, the lists behind their images. The lost manifests themselves are the first. */
async function doomedManifests(context: RepairContext, lost: ReadonlySet<string>): Promise<readonly string[]> {
  const doomed = new Set(keysOf(lost, "manifest"));
  for (let before = -1; before < doomed.size;) {
    before = doomed.size;
    for await (const key of naming(context, "manifest", new Set([...lost, ...doomed]))) doomed.add(key);
  }
  return [...doomed];
}

/** The keys of a kind that name one of `names`. */
async function* naming(
  { store, alive }: RepairContext,
  kind: StoredKind,
  names: ReadonlySet<string>,
): AsyncGenerator<string> {
  for await (const page of store.list(STORED_PREFIXES[kind])) {
    for (const { key } of page) {
      await alive();
      if ((await namesOf(store, key)).some((named) => names.has(named))) yield key;
    }
  }
}

/** KV comes first: the Worker asks R2 for a tag that KV does not have. */
async function removeTags(context: RepairContext, lost: ReadonlySet<string>): Promise<void> {
  for await (const key of naming(context, "tag", lost)) await removeTag(context, key);
}

/** Removes a tag. The next pull builds its image. */
export async function removeTag(context: RepairContext, storedKey: string): Promise<void> {
  await context.index.remove([keyOfStoredTag(storedKey)]);
  await remove(context, [storedKey]);
}

/** Lists come before the manifests that they name. */
async function removeManifests(context: RepairContext, manifests: readonly string[]): Promise<void> {
  for (const key of manifests.toReversed()) {
    await context.alive();
    const digest = sha256Digest(key.slice(STORED_PREFIXES.manifest.length));
    await context.index.remove([manifestCacheKey(digest)]);
    await remove(context, [attachedKey(digest), key]);
    await remove(context, [contentsKey(digest)]);
  }
}

/** Writes the list of layers without those that are lost. Somebody may have written another list meanwhile. */
export async function rewriteLayerList(context: RepairContext, lost: ReadonlySet<string>): Promise<void> {
  const { store, onAction } = context;
  const stored = await store.readVersion(LAYER_LIST_KEY, MAX_LAYER_LIST_BYTES);
  const list = stored && parseLayerList(parseJsonObject(stored.bytes.toString()));
  const layers = list?.layers.filter(({ digest }) => !lost.has(blobKey(digest)));
  if (!list || layers?.length === list.layers.length) return;
  const bytes = new TextEncoder().encode(JSON.stringify(layerListJson({ ...list, layers: layers ?? [] })));
  if (await store.replace(LAYER_LIST_KEY, bytes, stored.etag))
    onAction(`${LAYER_LIST_KEY} is written again, without layers that are gone`);
}

/** Removes the objects that are there. */
export async function remove({ store, onAction }: RepairContext, keys: readonly string[]): Promise<void> {
  const heads = await Promise.all(keys.map((key) => store.head(key)));
  const there = keys.filter((_, place) => heads[place]);
  await store.remove(there);
  for (const key of there) onAction(`${key} is removed`);
}

export function keysOf(keys: ReadonlySet<string>, kind: StoredKind): readonly string[] {
  return [...keys].filter((key) => key.startsWith(STORED_PREFIXES[kind]));
}
