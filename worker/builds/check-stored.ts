import type { BuildEvent } from "../../protocol/build-events.ts";
import type { Digest } from "../../protocol/digest.ts";
import { type ImageList, parseImageList } from "../../protocol/image-list.ts";
import { type Descriptor, manifestBlobs, parseManifestText } from "../../protocol/manifest.ts";
import { isListMediaType } from "../../protocol/media-types.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { Recent } from "../../protocol/recent.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { ManifestDigests } from "../../protocol/tag-record.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { askForBlob, type LostBlobSettings } from "../lost-blobs/ask-for-blob.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { type BuiltManifests, type Manifest, readStoredManifest } from "../stores/manifests.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/** A blob that was seen in R2 is not checked again for this time, because images share most of their blobs. */
const SEEN_MS = 3_600_000;
/** These take about 4 MB of memory. The oldest are forgotten. */
const MAX_SEEN = 20_000;
/** The time to copy one blob from an origin's disk. */
const RESTORE_MS = 600_000;

/** The blobs that were seen in a bucket. */
const seenIn = perIsolate<R2Bucket, Recent<true>>(() => new Recent(MAX_SEEN, SEEN_MS));

/** The settings with which stored images are checked. */
export type CheckSettings = Pick<StoreSettings, "r2"> & LostBlobSettings;

/**
 * Notes a layer that an origin has put into R2 in this build. R2 is strongly consistent, so the check needs no look-up
 * for the layer. Ignores all other events.
 */
export function noteUpload({ r2 }: Pick<StoreSettings, "r2">, event: BuildEvent): void {
  if (event.event === "layer" && !event.known) seenIn(r2).set(event.digest, true);
}

/**
 * Checks that R2 has an image or a list of images that an origin announced: both manifests and all that they name. Throws
 * `UNAVAILABLE` if not. R2 is strongly consistent: if an object is missing now, it was never written, or was lost.
 */
export async function checkStored(
  config: CheckSettings,
  digests: ManifestDigests,
  trace: TraceContext,
): Promise<BuiltManifests> {
  const [oci, docker] = await Promise.all([readManifest(config, digests.oci), readManifest(config, digests.docker)]);
  const manifests = isListMediaType(oci.mediaType) ? await readListed(config, { oci, docker }) : [oci];
  // Docker's manifests name the same blobs as OCI's.
  const blobs = new Set(manifests.flatMap(blobsOf));
  await Promise.all([...blobs].map((digest) => checkBlob(config, digest, trace)));
  return { oci, docker };
}

/** Reads all manifests that both lists name. Docker's list has no attestations. Returns OCI's, and the attestations. */
async function readListed(config: CheckSettings, { oci, docker }: BuiltManifests): Promise<readonly Manifest[]> {
  const [index, list] = [listOf(oci), listOf(docker)];
  const read = (descriptors: readonly Descriptor[]) =>
    Promise.all(descriptors.map(({ digest }) => readManifest(config, digest)));
  const [named] = await Promise.all([read([...index.images, ...index.attestations]), read(list.images)]);
  return named;
}

function listOf({ digest, bytes }: Manifest): ImageList {
  const list = parseImageList(new TextDecoder().decode(bytes));
  if (!list) throw notStored(digest, "is not a complete list of images");
  return list;
}

function blobsOf({ digest, bytes }: Manifest): readonly Digest[] {
  const manifest = parseManifestText(new TextDecoder().decode(bytes));
  if (!manifest) throw notStored(digest, "is not a complete image manifest");
  return manifestBlobs(manifest).map((blob) => blob.digest);
}

async function readManifest(config: CheckSettings, digest: Digest): Promise<Manifest> {
  const stored = await readStoredManifest(config, digest);
  if (!stored) throw notStored(digest);
  return stored;
}

/** Has a missing blob fetched from an origin. The call tells the origins that R2 lacks it, so they build it anew. */
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
