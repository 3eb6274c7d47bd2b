import type { Digest } from "../../protocol/digest.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { WithHosts } from "../access/known-hosts.ts";
import { admitBuild, buildRefusal } from "../builds/build-admission.ts";
import { beginBuild, type BuildSettings } from "../builds/wait-for-build.ts";
import { callerOf } from "../requests/caller.ts";
import { LruMap } from "../memory/lru-map.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { WithLimits } from "../requests/limits.ts";
import type { RequestSettings } from "../requests/requested-image.ts";
import { traceOf } from "../requests/trace.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { askForBlob, type LostBlobSettings } from "../lost-blobs/ask-for-blob.ts";
import type { HoldSettings } from "./hold.ts";
import { findImageWith, type WantedBlob } from "./image-with-blob.ts";

/** The settings with which a damaged blob is replaced. */
export type ReplaceSettings = WithHosts & WithLimits & StoreSettings & LostBlobSettings;

/** The settings with which a lost blob is restored. */
export type RestoreSettings = ReplaceSettings & RequestSettings & BuildSettings & HoldSettings;

/** Work may go on for 30 s after the answer to its request. */
const REPLACEMENT_MS = 25_000;
/** If no origin has a blob, the isolate does not search for it again for this time. */
const MEMORY_MS = 60_000;
/** The limit of all entries together. Bytes. */
const MAX_LOST_BYTES = 1 << 20;
/** An entry is a time and a flag. Bytes. */
const LOST_BYTES = 16;

/** A blob that no origin had. */
interface LostBlobMemory {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Whether an image with this blob is being built anew. */
  readonly isRebuilt: boolean;
}

/** The blobs that no origin had, by digest. */
export const lostBlobsOf = perIsolate<LostBlobSettings, LruMap<LostBlobMemory>>(
  () => new LruMap(MAX_LOST_BYTES, () => LOST_BYTES),
);

/**
 * Has a missing blob put back into R2. False if no origin has it, and no image of the name is known to have it. Throws
 * `UNAVAILABLE` while an image is built anew for the blob, or if an origin cannot be asked.
 */
export async function restoreBlob(
  context: RequestContext<RestoreSettings>,
  { name, digest }: WantedBlob,
): Promise<boolean> {
  const { config, request } = context;
  const lostBlobs = lostBlobsOf(config);
  const known = lostBlobs.get(digest);
  if (known && Date.now() < known.until) return refuse(known.isRebuilt);
  await admitBuild(config, request);
  const found = await askForBlob(config, digest, { waitMs: config.holdMs, trace: traceOf(request) });
  if (found === "stored") return true;
  if (found === null)
    throw new OciError("UNAVAILABLE", "a part of this image is being fetched; pull again in a moment");
  if (found === "unavailable") throw new OciError("UNAVAILABLE", `${digest} cannot be fetched now; pull again later`);
  const isRebuilt = await rebuild(context, { name, digest });
  lostBlobs.set(digest, { until: Date.now() + MEMORY_MS, isRebuilt });
  return refuse(isRebuilt);
}

/**
 * R2 has wrong bytes under the digest. If an origin has the right bytes, it replaces them. If no origin has them, the
 * Worker removes the wrong bytes: the next request finds the blob missing, and has it built anew. If no origin may work
 * for the request, nothing changes. The client has not received the whole blob anyway.
 */
export async function replaceDamaged(
  { config, request }: RequestContext<ReplaceSettings>,
  digest: Digest,
): Promise<void> {
  if (await buildRefusal(config, request)) return;
  const found = await askForBlob(config, digest, { waitMs: REPLACEMENT_MS, trace: traceOf(request) });
  if (found === "unknown") await config.r2.delete(blobKey(digest));
}

function refuse(isRebuilt: boolean): false {
  if (!isRebuilt) return false;
  throw new OciError("UNAVAILABLE", "a part of this image was lost; it is being built anew: pull again in a minute");
}

/**
 * Builds an image that has the blob. The same closure gives the same bytes, so the build brings the blob back under the
 * same digest, for all images that have it. False if there is no such image.
 */
async function rebuild(context: RequestContext<RestoreSettings>, wanted: WantedBlob): Promise<boolean> {
  const image = await findImageWith(context, wanted);
  if (!image) return false;
  // The edge packs no layer anew.
  await beginBuild(context.config, image, { ...(await callerOf(context.config, context.request)), edge: "never" });
  return true;
}
