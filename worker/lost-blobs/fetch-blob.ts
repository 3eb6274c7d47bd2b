import { blobPath } from "../../protocol/blob-call.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { BLOB_MEDIA_TYPE } from "../answers/content.ts";
import { rankOrigins } from "../origins/ranking.ts";
import type { WithOrigins } from "../origins/settings.ts";
import { signedRequest } from "../origins/signed-request.ts";
import { logFailure } from "../answers/errors.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/** Whether R2 has the blob now, or no origin has kept it, or nobody knows because one could not be asked. */
export type Found = "stored" | "unknown" | "unavailable";

/** The settings that a blob is fetched with. */
export type FetchSettings = WithOrigins & Pick<StoreSettings, "r2">;

/** As long as a layer of several gigabytes may take from an origin's disk to R2. */
const TIME_LIMIT_MS = 600_000;

/**
 * Copies a blob into R2 from the disk of the first origin that has it. R2 checks the bytes, and stores none that are
 * not those of the digest. Never rejects.
 */
export async function fetchBlob(config: FetchSettings, digest: Digest, trace: TraceContext): Promise<Found> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error("copying it took too long")), TIME_LIMIT_MS);
  let found: Found = "unknown";
  for (const url of await rankOrigins(config.origin.urls, digest)) {
    try {
      if (await copyBlob(config, { url, digest, trace, signal: limit.signal })) found = "stored";
    } catch (error) {
      logFailure(`origin ${url} did not give out ${digest}`, error);
      if (!isDamaged(error)) found = "unavailable";
    }
    if (found === "stored") break;
  }
  clearTimeout(timer);
  return found;
}

interface BlobCopy {
  readonly url: string;
  readonly digest: Digest;
  readonly trace: TraceContext;
  readonly signal: AbortSignal;
}

/** False where the origin does not have the blob. */
async function copyBlob({ origin, r2 }: FetchSettings, { url, digest, trace, signal }: BlobCopy): Promise<boolean> {
  const request = await signedRequest(origin, { method: "GET", url, path: blobPath(digest), trace });
  const response = await origin.fetch(request, { signal });
  if (response.status === 200 && response.body) {
    const options = { sha256: digestHex(digest), httpMetadata: { contentType: BLOB_MEDIA_TYPE } };
    await r2.put(blobKey(digest), response.body, options);
    return true;
  }
  await response.body?.cancel();
  if (response.status === 404) return false;
  throw new Error(`GET ${request.url} answered ${response.status}`);
}

/** "BadDigest": https://developers.cloudflare.com/r2/api/error-codes/ What the origin has is as good as nothing. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && error.message.includes("(10037)");
}
