import { parseLayer } from "../../image/layers/layer.ts";
import { parseLayerList } from "../../image/layers/layer-list.ts";
import { parseAttachedRecord } from "../../protocol/attached-record.ts";
import type { Digest } from "../../protocol/digest.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";
import { parseImageRecord } from "../../protocol/image-record.ts";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { parseRefRecord } from "../../protocol/ref-record.ts";
import { parseRequestRecord } from "../../protocol/request-record.ts";
import { manifestKey } from "../../protocol/storage-keys.ts";
import { parseSweepState } from "../../protocol/sweep-state.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";
import { parseClosureRecord } from "../closures/closure-record.ts";
import { parseIndexedRef } from "../index/indexed-ref.ts";
import { blobOf } from "./inspect-manifest.ts";
import { damaged, type Inspection, SOUND } from "./inspection.ts";

/** Reads one kind of record. Undefined if the record is not whole, or of an unknown version. */
type RecordReader = (value: JsonObject) => Inspection | undefined;

/** Checks an object that holds JSON. */
function json(what: string, read: RecordReader): (bytes: Uint8Array) => Inspection {
  return (bytes) => {
    const value = parseJsonObject(new TextDecoder().decode(bytes));
    return (value && read(value)) ?? damaged(`holds no ${what} of a known version`);
  };
}

/** For records that name nothing. */
function sound(parsed: unknown): Inspection | undefined {
  return parsed === undefined || parsed === null ? undefined : SOUND;
}

export const inspectTag = json("tag", (value) => {
  const record = parseTagRecord(value);
  return record ? namingManifests(Object.values(record.manifests)) : undefined;
});

export const inspectImageRecord = json("record of an image", (value) => {
  const record = parseImageRecord(value);
  return record && namingManifests(Object.values(record.manifests));
});

export const inspectAttached = json("record of what stands beside an image", (value) => {
  const record = parseAttachedRecord(value);
  if (!record) return undefined;
  const { referrers, signatures, attestations } = record;
  return namingManifests([referrers, signatures, attestations].filter((digest) => digest !== undefined));
});

export const inspectLayerList = json("list of layers", (value) => {
  const list = parseLayerList(value);
  return list && { names: list.layers.map(blobOf) };
});

export const inspectOldLayer = json("record of a layer", (value) => {
  const layer = parseLayer(value);
  return layer && { names: [blobOf(layer)] };
});

/** Contents may be there before their layers: only a manifest leads to them. */
export const inspectContents = json("contents of an image", (value) => sound(parseImageContents(value)));
/** The image of a request may be gone: then the request is evaluated again. */
export const inspectRequest = json("record of a request", (value) => sound(parseRequestRecord(value)));
export const inspectClosure = json("closure of a store path", (value) => sound(parseClosureRecord(value)));
export const inspectRef = json("record of a ref", (value) => sound(parseRefRecord(value)));
export const inspectIndexedRef = json("revision of a ref", (value) => sound(parseIndexedRef(value)));
export const inspectSweepState = json("state of garbage collections", (value) => sound(parseSweepState(value)));

function namingManifests(digests: readonly Digest[]): Inspection {
  return { names: digests.map((digest) => ({ key: manifestKey(digest) })) };
}
