import type { Digest } from "../../protocol/digest.ts";
import type { ImageName } from "../../protocol/image-name.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { admitBuild, buildRefusal } from "../builds/build-admission.ts";
import { beginBuild } from "../builds/wait-for-build.ts";
import { callerOf } from "../requests/caller.ts";
import { memoryOf } from "../memory/isolate-memory.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { traceOf } from "../requests/trace.ts";
import { askForBlob } from "../lost-blobs/ask-for-blob.ts";
import { findImageWith } from "./image-with-blob.ts";

/** A blob that nobody has, and under which name it was asked for. */
export interface WantedBlob {
  readonly name: ImageName;
  readonly digest: Digest;
}

/** After its answer a request's work may go on for 30 s. */
const REPLACEMENT_MS = 25_000;
/** So long an isolate does not look again for what no origin had. */
const MEMORY_MS = 60_000;

/**
 * Has a blob that R2 does not have put there again. False where nobody has it and no image of the name is known to
 * need it. Throws `UNAVAILABLE` while an image is built anew for it, or where the origins cannot be asked.
 */
export async function restoreBlob(context: RequestContext, { name, digest }: WantedBlob): Promise<boolean> {
  const { config, request } = context;
  const { lostBlobs } = memoryOf(config);
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
export async function replaceDamaged({ config, request }: RequestContext, digest: Digest): Promise<void> {
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
async function rebuild(context: RequestContext, wanted: WantedBlob): Promise<boolean> {
  const image = await findImageWith(context, wanted);
  if (!image) return false;
  await beginBuild(context.config, image, await callerOf(context.config, context.request));
  return true;
}
