import { type Digest, isDigest } from "./digest.ts";
import type { Architecture } from "./image-name.ts";
import { isArchitecture } from "./image-request.ts";
import { isJsonObject } from "./json-object.ts";
import type { ManifestFormat } from "./media-types.ts";

/** The manifests of one build: the same image in both formats. */
export type ManifestDigests = Readonly<Record<ManifestFormat, Digest>>;

export interface TagRecord {
  /** For a list of images: the OCI index, and Docker's manifest list. */
  readonly manifests: ManifestDigests;
  /** The commit or content hash that the tag stood for. */
  readonly revision: string;
  /** When the tag was resolved to that revision; ISO 8601, UTC. */
  readonly resolvedAt: string;
  /** The architectures that a list lacks, because they lack a package. */
  readonly leftOut?: readonly LeftOut[];
}

/** An architecture that a list of images lacks. */
export interface LeftOut {
  readonly architecture: Architecture;
  /** The sentence for people that a pull for this architecture gets. */
  readonly reason: string;
}

/** A record of another version counts as missing. The records of older releases and build events have no version. */
const RECORD_VERSION = 1;

/** The record as a JSON value, for R2 and KV. */
export function tagRecordJson(record: TagRecord): object {
  return { version: RECORD_VERSION, ...record };
}

/** Reads a value from a store or a stream. Null if it is not a complete tag record of a known version. */
export function parseTagRecord(value: unknown): TagRecord | null {
  if (!isJsonObject(value)) return null;
  const { version = RECORD_VERSION } = value;
  if (version !== RECORD_VERSION) return null;
  const manifests = parseManifestDigests(value["manifests"]);
  const { revision, resolvedAt } = value;
  const leftOut = parseLeftOut(value["leftOut"]);
  if (!manifests || !leftOut || typeof revision !== "string" || typeof resolvedAt !== "string") return null;
  return { manifests, revision, resolvedAt, ...(leftOut.length > 0 && { leftOut }) };
}

/** Null if it is malformed. Records of images have none. */
function parseLeftOut(value: unknown): readonly LeftOut[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const parsed = value.map((each: unknown) => {
    const { architecture, reason } = isJsonObject(each) ? each : {};
    return isArchitecture(architecture) && typeof reason === "string" ? { architecture, reason } : null;
  });
  const valid = parsed.filter((each) => each !== null);
  return valid.length === parsed.length ? valid : null;
}

export function parseManifestDigests(value: unknown): ManifestDigests | null {
  if (!isJsonObject(value)) return null;
  const { oci, docker } = value;
  if (typeof oci !== "string" || !isDigest(oci) || typeof docker !== "string" || !isDigest(docker)) return null;
  return { oci, docker };
}
