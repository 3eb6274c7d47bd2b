import { isJsonObject } from "./json-object.ts";
import { type ManifestDigests, parseManifestDigests } from "./tag-record.ts";

/** The record of a closure's image. */
export interface ImageRecord {
  readonly manifests: ManifestDigests;
  /** When all blobs of the image were last known to be in the store, in milliseconds since the epoch. */
  readonly seenAt: number;
}

/** A record of another version counts as missing. The records of older origins have no version, and no time. */
const RECORD_VERSION = 1;

export function imageRecordJson({ manifests, seenAt }: ImageRecord): object {
  return { version: RECORD_VERSION, ...manifests, seenAt };
}

/** Undefined if it is not a whole record of a known version. */
export function parseImageRecord(value: unknown): ImageRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { version, seenAt = 0 } = value;
  const manifests = parseManifestDigests(value);
  if ((version !== undefined && version !== RECORD_VERSION) || !manifests) return undefined;
  return typeof seenAt === "number" ? { manifests, seenAt } : undefined;
}
