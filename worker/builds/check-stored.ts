import { type Digest, isDigest } from "../../protocol/digest.ts";
import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { Recent } from "../../protocol/recent.ts";
import { blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import type { ManifestDigests } from "../../protocol/tag-record.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import type { Config } from "../settings.ts";
import { askForBlob } from "../lost-blobs/ask-for-blob.ts";
import { readStoredManifest } from "../stores/manifests.ts";

/** A blob that was seen in R2 is believed to be there for so long: images share most of theirs. */
const SEEN_MS = 3_600_000;
/** About 4 MB of memory; the oldest are forgotten. */
const MAX_SEEN = 20_000;
/** For one blob that has to come from an origin's disk. */
const RESTORE_MS = 600_000;

const seen = new Recent<true>(MAX_SEEN, SEEN_MS);

/**
 * Throws `UNAVAILABLE` where R2 does not have what an origin says it has built: both manifests and all that they name.
 * It is strongly consistent, so that what is not there now was never written, or was lost.
 */
export async function checkStored(
  config: Config,
  { oci, docker }: ManifestDigests,
  trace: TraceContext,
): Promise<void> {
  const manifest = await readStoredManifest(config, oci);
  if (!manifest) throw notStored(oci);
  if (docker !== oci && !(await config.r2.head(manifestKey(docker)))) throw notStored(docker);
  // Docker's manifest names the same blobs.
  await Promise.all(blobsOf(manifest.bytes).map((digest) => checkBlob(config, digest, trace)));
}

/** One that is lost is fetched from an origin; where none has it, the origins know then that it is to be built anew. */
async function checkBlob(config: Config, digest: Digest, trace: TraceContext): Promise<void> {
  if (seen.get(digest)) return;
  if (!(await config.r2.head(blobKey(digest)))) {
    if ((await askForBlob(config, digest, { waitMs: RESTORE_MS, trace })) !== "stored") throw notStored(digest);
  }
  seen.set(digest, true);
}

/** Config and layers. */
function blobsOf(manifest: ArrayBuffer): Digest[] {
  const { config, layers } = parseJsonObject(new TextDecoder().decode(manifest)) ?? {};
  const named = [config, ...jsonMembers(layers)];
  return named.flatMap((blob) => {
    const digest: unknown = isJsonObject(blob) ? blob["digest"] : undefined;
    return typeof digest === "string" && isDigest(digest) ? [digest] : [];
  });
}

function notStored(digest: Digest): OciError {
  return new OciError("UNAVAILABLE", "the image was built, but a part of it is not stored; pull again", {
    cause: new Error(`the origin announced ${digest}, which is not in R2`),
  });
}
