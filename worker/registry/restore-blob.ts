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

/** The settings that a lost blob is replaced with. */
export type ReplaceSettings = WithHosts & WithLimits & StoreSettings & LostBlobSettings;

/** The settings that a lost blob is restored with. */
export type RestoreSettings = ReplaceSettings & RequestSettings & BuildSettings & HoldSettings;

/** After its answer a request's work may go on for 30 s. */
const REPLACEMENT_MS = 25_000;
/** So long an isolate does not look again for what no origin had. */
const MEMORY_MS = 60_000;
/** Of all entries. Bytes. */
const MAX_LOST_BYTES = 1 << 20;
/** A time and little else. Bytes. */
const LOST_BYTES = 16;

/** A blob that no origin had. */
interface LostBlobMemory {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Whether an image is built anew that needs it. */
  readonly isRebuilt: boolean;
}

/** The blobs that no origin had, by digest. */
export const lostBlobsOf = perIsolate<LostBlobSettings, LruMap<LostBlobMemory>>(
  () => new LruMap(MAX_LOST_BYTES, () => LOST_BYTES),
);

/**
 * Has a blob that R2 does not have put there again. False where nobody has it and no image of the name is known to
 * need it. Throws `UNAVAILABLE` while an image is built anew for it, or where the origins cannot be asked.
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
 * R2 has other bytes under the digest. An origin that has kept the right ones has them put in their place; else the wrong
 * ones, which serve nobody, are removed, so that the blob is found to be missing and built anew. All
 * stays as it is where the request may not have an origin work: its client is served none of the wrong bytes anyway.
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
 * The same closure gives the same bytes: building an image anew that needs the blob brings it back, under the same digest,
 * for all that need it. Without such an image there is nothing that could be built. Returns whether there is one.
 */
async function rebuild(context: RequestContext<RestoreSettings>, wanted: WantedBlob): Promise<boolean> {
  const image = await findImageWith(context, wanted);
  if (!image) return false;
  await beginBuild(context.config, image, await callerOf(context.config, context.request));
  return true;
}
