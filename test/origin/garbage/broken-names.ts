import { decodeBundle } from "../../../image/bundles/bundle-record.ts";
import { parseLayerList } from "../../../image/layers/layer-list.ts";
import { namesOfManifest } from "../../../origin/garbage/named-manifests.ts";
import { parseAttachedRecord } from "../../../protocol/attached-record.ts";
import type { Digest } from "../../../protocol/digest.ts";
import { parseImageRecord } from "../../../protocol/image-record.ts";
import { parseJsonObject } from "../../../protocol/json-object.ts";
import { blobKey, LAYER_LIST_KEY, manifestKey } from "../../../protocol/storage-keys.ts";
import { parseTagRecord } from "../../../protocol/tag-record.ts";
import type { MemoryStore } from "../stores/memory-store.ts";
import type { MemoryIndex } from "./memory-stores.ts";

/** One sentence for each name of an object that the store lacks. */
export async function brokenNames(store: MemoryStore, index: MemoryIndex): Promise<readonly string[]> {
  return missing(store, await namesIn(store, index));
}

/** As `brokenNames`, without names in manifests that nothing leads to. A collection that was killed may leave such manifests. */
export async function reachableBrokenNames(store: MemoryStore, index: MemoryIndex): Promise<readonly string[]> {
  const names = await namesIn(store, index);
  const namesOf = new Map(names.map(({ from, keys }) => [from, keys]));
  const reached = new Set(names.filter(({ from }) => !from.startsWith("manifests/")).map(({ from }) => from));
  // A set also gives what is added meanwhile.
  for (const from of reached) for (const key of namesOf.get(from) ?? []) reached.add(key);
  return missing(
    store,
    names.filter(({ from }) => reached.has(from)),
  );
}

interface Names {
  readonly from: string;
  readonly keys: readonly string[];
}

async function namesIn({ objects }: MemoryStore, index: MemoryIndex): Promise<readonly Names[]> {
  const names: Names[] = [];
  for (const [key, { bytes }] of objects) names.push({ from: key, keys: await keysIn(key, bytes) });
  for (const [key, value] of index.pairs) if (key.startsWith("tag/")) names.push({ from: key, keys: keysOfTag(value) });
  return names;
}

function missing({ objects }: MemoryStore, names: readonly Names[]): readonly string[] {
  return names.flatMap(({ from, keys }) =>
    keys.filter((key) => !objects.has(key)).map((key) => `${from} names ${key}, which is missing`),
  );
}

async function keysIn(key: string, bytes: Uint8Array): Promise<readonly string[]> {
  const text = new TextDecoder().decode(bytes);
  const [first = ""] = key.split("/");
  switch (first) {
    case "tags":
      return keysOfTag(text);
    case "manifests": {
      const names = namesOfManifest(text);
      return [...(names?.manifests ?? []).map(manifestKey), ...(names?.blobs ?? []).map(blobKey)];
    }
    case "images":
      return manifestKeys(Object.values(parseImageRecord(parseJsonObject(text))?.manifests ?? {}));
    case "attached": {
      const { referrers } = parseAttachedRecord(parseJsonObject(text)) ?? {};
      return referrers ? [manifestKey(referrers)] : [];
    }
    case "bundles": {
      const bundle = await decodeBundle(Uint8Array.from(bytes));
      return [...(bundle?.solos.values() ?? []), ...(bundle?.rests.values() ?? [])].map(({ digest }) =>
        blobKey(digest),
      );
    }
    case LAYER_LIST_KEY:
      return parseLayerList(parseJsonObject(text))?.layers.map(({ digest }) => blobKey(digest)) ?? [];
    default:
      return [];
  }
}

function keysOfTag(text: string): readonly string[] {
  return manifestKeys(Object.values(parseTagRecord(parseJsonObject(text))?.manifests ?? {}));
}

function manifestKeys(digests: readonly Digest[]): readonly string[] {
  return digests.map(manifestKey);
}
