import type { Digest } from "../../protocol/digest.ts";
import { manifestBlobs, parseManifestText } from "../../protocol/manifest.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { Recent } from "../../protocol/recent.ts";
import { blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import type { ManifestDigests } from "../../protocol/tag-record.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { askForBlob, type LostBlobSettings } from "../lost-blobs/ask-for-blob.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { readStoredManifest } from "../stores/manifests.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/** A blob that was seen in R2 is believed to be there for so long: images share most of theirs. */
const SEEN_MS = 3_600_000;
/** About 4 MB of memory; the oldest are forgotten. */
const MAX_SEEN = 20_000;
/** For one blob that has to come from an origin's disk. */
const RESTORE_MS = 600_000;

/** The blobs that were seen in a bucket. */
const seenIn = perIsolate<R2Bucket, Recent<true>>(() => new Recent(MAX_SEEN, SEEN_MS));

/** The settings that stored images are checked with. */
export type CheckSettings = Pick<StoreSettings, "r2"> & LostBlobSettings;

/**
 * Throws `UNAVAILABLE` where R2 does not have what an origin says it has built: both manifests and all that they name.
 * It is strongly consistent, so that what is not there now was never written, or was lost.
 */
export async function checkStored(
  config: CheckSettings,
  { oci, docker }: ManifestDigests,
  trace: TraceContext,
): Promise<void> {
  const stored = await readStoredManifest(config, oci);
  if (!stored) throw notStored(oci);
  const manifest = parseManifestText(new TextDecoder().decode(stored.bytes));
  if (!manifest) throw notStored(oci, "is no whole image manifest");
  if (docker !== oci && !(await config.r2.head(manifestKey(docker)))) throw notStored(docker);
  // Docker's manifest names the same blobs.
  await Promise.all(manifestBlobs(manifest).map(({ digest }) => checkBlob(config, digest, trace)));
}

/** One that is lost is fetched from an origin; where none has it, the origins know then that it is to be built anew. */
async function checkBlob(config: CheckSettings, digest: Digest, trace: TraceContext): Promise<void> {
  const seen = seenIn(config.r2);
  if (seen.get(digest)) return;
  if (!(await config.r2.head(blobKey(digest)))) {
    if ((await askForBlob(config, digest, { waitMs: RESTORE_MS, trace })) !== "stored") throw notStored(digest);
  }
  seen.set(digest, true);
}

function notStored(digest: Digest, problem = "is not in R2"): OciError {
  return new OciError("UNAVAILABLE", "the image was built, but a part of it is not stored; pull again", {
    cause: new Error(`the origin announced ${digest}, which ${problem}`),
  });
}
