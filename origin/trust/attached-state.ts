import { type AttachedKind, attachedTag } from "../../image/referrers/attached-tags.ts";
import { parseReferrersIndex, type ReferrerEntry } from "../../image/referrers/referrers-index.ts";
import { type ContentDescriptor, parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { parseAttachedRecord } from "../../protocol/attached-record.ts";
import type { Digest } from "../../protocol/digest.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { attachedKey, manifestKey, referrersKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, readRecord, readText } from "../stores/object-store.ts";

/** What stands beside a manifest already. */
export interface AttachedState {
  readonly referrers: readonly ReferrerEntry[];
  /** The layers of cosign 2's manifests. */
  readonly signatures: readonly ContentDescriptor[];
  readonly attestations: readonly ContentDescriptor[];
}

/** The ids of the keys that have signed. They are in the metadata of the object that is written last. */
const KEYS_METADATA = "keys";
/** Layers of former keys that stay. Readers refuse manifests with a hundred layers. */
const MAX_KEPT_LAYERS = 30;

export function keysMetadata(keyIds: readonly string[]): Readonly<Record<string, string>> {
  return { [KEYS_METADATA]: keyIds.join(" ") };
}

/** The key of the object that is written last. Without a signing key, this is the list of referrers. */
export function lastKey(image: Digest, keyId: string | undefined): string {
  return keyId === undefined ? referrersKey(image) : attachedKey(attachedTag("signatures", image));
}

/**
 * `done`: all is written, by this key. `none`: nothing is, or only a part. `other`: all is written, by another key. A store
 * that keeps no metadata has only one key.
 */
export async function attachedBy(
  store: ObjectStore,
  image: Digest,
  keyId: string | undefined,
): Promise<"done" | "none" | "other"> {
  const head = await store.head(lastKey(image, keyId));
  if (!head) return "none";
  const keyIds = head.metadata?.[KEYS_METADATA];
  return keyId === undefined || keyIds === undefined || keyIds.split(" ").includes(keyId) ? "done" : "other";
}

/** Reads all that stands beside a manifest. What is malformed counts as missing. */
export async function readAttached(store: ObjectStore, subject: Digest): Promise<AttachedState> {
  const [referrers, signatures, attestations] = await Promise.all([
    readReferrers(store, subject),
    readLayers(store, "signatures", subject),
    readLayers(store, "attestations", subject),
  ]);
  return { referrers, signatures, attestations };
}

export async function readReferrers(store: ObjectStore, subject: Digest): Promise<readonly ReferrerEntry[]> {
  const text = await readText(store, referrersKey(subject), MAX_MANIFEST_BYTES);
  return (text === undefined ? null : parseReferrersIndex(text)) ?? [];
}

async function readLayers(
  store: ObjectStore,
  kind: AttachedKind,
  subject: Digest,
): Promise<readonly ContentDescriptor[]> {
  const digest = parseAttachedRecord(await readRecord(store, attachedKey(attachedTag(kind, subject))));
  const text = digest && (await readText(store, manifestKey(digest), MAX_MANIFEST_BYTES));
  return (parseArtifactManifest(text ?? "")?.layers ?? []).slice(0, MAX_KEPT_LAYERS);
}
