import type { LimitFunction } from "p-limit";
import { parseLayer } from "../../image/layers/layer.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { parseRequestRecord } from "../../protocol/request-record.ts";
import type { StoredKey, StoredKind } from "../../protocol/stored-key.ts";
import type { ListedObject, MaintainedStore } from "../stores/maintained-store.ts";
import { type CollectionTimes, isYoung, pulledMs } from "./collection-times.ts";
import type { Dated } from "./marking.ts";
import type { Marks } from "./marks.ts";
import { orMissing, readParsed } from "./read-object.ts";

/** What decides whether an object is garbage. */
export interface Judgement {
  readonly store: MaintainedStore;
  /** Bounds how many objects are read from R2 at once. */
  readonly reads: LimitFunction;
  readonly marks: Marks;
  readonly times: CollectionTimes;
  /** The store's time when the marks were made. Milliseconds since the epoch. */
  readonly now: number;
  /** What was put later stays, because it may be in use already. The store's time, in milliseconds since the epoch. */
  readonly before: number;
  /** Whether a manifest or blob without a mark may be removed. */
  readonly mayRemove: (dated: Dated) => boolean;
}

/**
 * The kinds that a collection removes: names before what they name. So no reader finds a name of something missing. A manifest
 * goes before its contents, so every image that can be pulled has them.
 */
export const SWEEP_ORDER = [
  "attached",
  "image",
  "layer",
  "bundle",
  "trust",
  "request",
  "closure",
  "tree",
  "indexed-ref",
  "ref",
  "name-index",
  "pulled",
  "manifest",
  "contents",
  "blob",
] as const satisfies readonly StoredKind[];

export type SweptKind = (typeof SWEEP_ORDER)[number];

const MAX_RECORD_BYTES = 65_536;

/** Whether an object is garbage. Reads records that lead to what may be gone. Throws `StoreError`. */
export async function isGarbage(
  judgement: Judgement,
  object: ListedObject & { readonly parsed: StoredKey },
): Promise<boolean> {
  const { marks, times, now, before } = judgement;
  const { parsed, modifiedAt } = object;
  if (modifiedAt >= before) return false;
  const isOld = !isYoung(modifiedAt, now, times.keepMs);
  switch (parsed.kind) {
    case "manifest":
    case "contents":
    case "attached":
      return isUnmarked(judgement, parsed.digest, modifiedAt);
    case "blob":
      return !marks.blobs.has(digestHex(parsed.digest)) && judgement.mayRemove({ digest: parsed.digest, modifiedAt });
    case "trust":
      return !marks.trust.has(parsed.hash);
    case "image":
      return !marks.images.has(parsed.hash);
    case "bundle":
      return !marks.bundles.has(parsed.hash);
    case "layer":
      return isLayerGone(judgement, object.key);
    case "request":
      return isOld && !(await leadsToImage(judgement, object));
    case "closure":
    case "tree":
      return isOld && !marks.names.has("store-path", parsed.hash);
    case "ref":
      return isOld && !marks.names.has("source-tag", `${parsed.source}/${parsed.ref}`);
    case "indexed-ref":
      return isOld && !marks.names.has("tag", parsed.ref);
    case "name-index":
      return isOld && !marks.names.has("index", parsed.prefix) && !marks.names.has("revision", parsed.revision);
    case "pulled":
      return !isYoung(modifiedAt, now, pulledMs(times));
    case "tag":
    case "package-index":
    case "layer-list":
    case "public-keys":
    case "probe":
    case "collection":
      return false;
  }
}

function isUnmarked({ marks, mayRemove }: Judgement, digest: Digest, modifiedAt: number): boolean {
  return !marks.manifests.has(digestHex(digest)) && mayRemove({ digest, modifiedAt });
}

/** The record of an old version leads to one layer. */
async function isLayerGone({ store, reads, marks }: Judgement, key: string): Promise<boolean> {
  const record = { key, maxBytes: MAX_RECORD_BYTES };
  const layer = await reads(() => readParsed(store, record, parseLayer)).catch(orMissing);
  return layer !== undefined && !marks.blobs.has(digestHex(layer.digest));
}

/** A request that leads to a kept image has bytes that are known. So its hash in the list is enough. */
async function leadsToImage({ store, reads, marks }: Judgement, { key, md5 }: ListedObject): Promise<boolean> {
  if (md5 !== undefined) return marks.requests.has(md5);
  const record = { key, maxBytes: MAX_RECORD_BYTES };
  const image = await reads(() => readParsed(store, record, parseRequestRecord)).catch(orMissing);
  return image !== undefined && marks.images.has(image);
}
