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

/**
 * How a search ended. `stored`: R2 has the blob now. `unknown`: no origin has it. `unavailable`: an origin could not be
 * asked, so it may have the blob.
 */
export type SearchOutcome = "stored" | "unknown" | "unavailable";

/** The settings with which a blob is fetched. */
export type FetchSettings = WithOrigins & Pick<StoreSettings, "r2">;

/** Enough to copy a layer of several gigabytes from an origin's disk to R2. */
const TIME_LIMIT_MS = 600_000;

/**
 * Copies a blob into R2 from the disk of the first origin that has it. R2 checks the bytes against the digest, and does
 * not store wrong bytes. Never rejects.
 */
export async function fetchBlob(config: FetchSettings, digest: Digest, trace: TraceContext): Promise<SearchOutcome> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error("copying it took too long")), TIME_LIMIT_MS);
  let found: SearchOutcome = "unknown";
  for (const url of await rankOrigins(config.origin.urls, digest)) {
    try {
      if (await copyBlob(config, { url, digest, trace, signal: limit.signal })) found = "stored";
    } catch (error) {
      logFailure(`origin ${url} did not send ${digest}`, error);
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

/** False if the origin does not have the blob. */
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

/** R2's error "BadDigest": https://developers.cloudflare.com/r2/api/error-codes/. Wrong bytes count as no blob. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && error.message.includes("(10037)");
}
