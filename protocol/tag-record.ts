import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject } from "./json-object.ts";
import type { ManifestFormat } from "./media-types.ts";

/** The manifests of one build: the same image in both formats. */
export type ManifestDigests = Readonly<Record<ManifestFormat, Digest>>;

export interface TagRecord {
  readonly manifests: ManifestDigests;
  /** The commit or content hash that the tag stood for. */
  readonly revision: string;
  /** When the tag was resolved to that revision; ISO 8601, UTC. */
  readonly resolvedAt: string;
}

/** Reads a value from a store or a stream. Null if it is not a complete tag record. */
export function parseTagRecord(value: unknown): TagRecord | null {
  if (!isJsonObject(value)) return null;
  const manifests = parseManifestDigests(value["manifests"]);
  const { revision, resolvedAt } = value;
  if (!manifests || typeof revision !== "string" || typeof resolvedAt !== "string") return null;
  return { manifests, revision, resolvedAt };
}

export function parseManifestDigests(value: unknown): ManifestDigests | null {
  if (!isJsonObject(value)) return null;
  const { oci, docker } = value;
  if (typeof oci !== "string" || !isDigest(oci) || typeof docker !== "string" || !isDigest(docker)) return null;
  return { oci, docker };
}
