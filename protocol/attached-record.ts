import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject } from "./json-object.ts";

/** Where R2 has what stands beside a manifest, in the forms that clients read. */
export interface AttachedRecord {
  /** The etag of the trust file that it was made from. */
  readonly etag: string;
  /** The list of what refers to the manifest. */
  readonly referrers: Digest;
  /** cosign 2's manifests. */
  readonly signatures?: Digest;
  readonly attestations?: Digest;
}

/** A record of another version counts as missing. */
const VERSION = 1;

/** The record as a JSON value. */
export function attachedRecordJson(record: AttachedRecord): object {
  return { version: VERSION, ...record };
}

/** Undefined if the value is no whole record of this version. */
export function parseAttachedRecord(value: unknown): AttachedRecord | undefined {
  if (!isJsonObject(value) || value["version"] !== VERSION) return undefined;
  const { etag, referrers, signatures, attestations } = value;
  if (typeof etag !== "string" || !isDigestText(referrers)) return undefined;
  if (!isOptionalDigest(signatures) || !isOptionalDigest(attestations)) return undefined;
  return { etag, referrers, ...(signatures && { signatures }), ...(attestations && { attestations }) };
}

function isOptionalDigest(value: unknown): value is Digest | undefined {
  return value === undefined || isDigestText(value);
}

function isDigestText(value: unknown): value is Digest {
  return typeof value === "string" && isDigest(value);
}
