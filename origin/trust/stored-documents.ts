import { PREDICATE_TYPES } from "../../image/attestations/statement.ts";
import { IN_TOTO_MEDIA_TYPE, IN_TOTO_PREDICATE_ANNOTATION } from "../../image/referrers/artifact-types.ts";
import { type JsonContent, jsonContent } from "../../image/referrers/json-content.ts";
import type { ReferrerEntry } from "../../image/referrers/referrers-index.ts";
import { parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, readText } from "../stores/object-store.ts";
import { CYCLONEDX_MEDIA_TYPE, type ImageDocuments, SPDX_MEDIA_TYPE } from "./image-documents.ts";

/** Bytes. The documents of 10,000 store paths have about 10 MB each. */
const MAX_DOCUMENT_BYTES = 33_554_432;

/**
 * The documents that an image has already. An image is signed again with these: what is known of its store paths now may
 * be less, or from another revision. Undefined if one of them is missing or altered.
 */
export async function storedDocuments(
  store: ObjectStore,
  referrers: readonly ReferrerEntry[],
): Promise<ImageDocuments | undefined> {
  const read = async (type: string, predicateType?: string) => {
    const entry = referrers.find(
      ({ artifactType, annotations }) =>
        artifactType === type && annotations?.[IN_TOTO_PREDICATE_ANNOTATION] === predicateType,
    );
    return entry && readDocument(store, entry);
  };
  const predicateType = PREDICATE_TYPES.provenance;
  const spdx = await read(SPDX_MEDIA_TYPE);
  const cyclonedx = await read(CYCLONEDX_MEDIA_TYPE);
  const provenance = await read(IN_TOTO_MEDIA_TYPE, predicateType);
  return spdx && cyclonedx && provenance && { spdx, cyclonedx, provenance: { ...provenance, predicateType } };
}

async function readDocument(store: ObjectStore, { digest }: ReferrerEntry): Promise<JsonContent | undefined> {
  const manifest = parseArtifactManifest((await readText(store, manifestKey(digest), MAX_MANIFEST_BYTES)) ?? "");
  const [layer] = manifest?.layers ?? [];
  if (!layer || layer.size > MAX_DOCUMENT_BYTES) return undefined;
  const json = await readText(store, blobKey(layer.digest), MAX_DOCUMENT_BYTES);
  const content = json === undefined ? undefined : await jsonContent(layer.mediaType, json);
  return content?.digest === layer.digest ? content : undefined;
}
