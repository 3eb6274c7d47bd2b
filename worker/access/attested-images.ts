import { IN_TOTO_MEDIA_TYPE } from "../../image/referrers/artifact-types.ts";
import { parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { type Digest, isDigest } from "../../protocol/digest.ts";
import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { readSmallObject } from "../stores/r2.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/**
 * The images of the attestation that a list of images names. Its manifest has no subject, but its statements do. They are
 * about the same images, so the smallest one decides. Undefined if it is missing or malformed.
 */
export async function attestedImages(
  config: Pick<StoreSettings, "r2">,
  manifestText: string,
): Promise<readonly Digest[] | undefined> {
  const layers = parseArtifactManifest(manifestText)?.layers.filter((layer) => layer.mediaType === IN_TOTO_MEDIA_TYPE);
  const [smallest] = (layers ?? []).toSorted((one, other) => one.size - other.size);
  const bytes = smallest && (await readSmallObject(config, blobKey(smallest.digest), MAX_MANIFEST_BYTES));
  const subjects = bytes && jsonMembers(parseJsonObject(new TextDecoder().decode(bytes))?.["subject"]).map(digestIn);
  return subjects?.every((digest) => digest !== undefined) ? subjects : undefined;
}

function digestIn(subject: unknown): Digest | undefined {
  const digests = isJsonObject(subject) ? subject["digest"] : undefined;
  const text = isJsonObject(digests) ? `sha256:${String(digests["sha256"])}` : "";
  return isDigest(text) ? text : undefined;
}
