import { blobPath } from "../../protocol/blob-call.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { BLOB_MEDIA_TYPE } from "../answers/content.ts";
import { healthOf } from "../origins/health.ts";
import { rankOrigins } from "../origins/ranking.ts";
import type { WithOrigins } from "../origins/settings.ts";
import { signedRequest } from "../origins/signed-request.ts";
import { type SilenceLimits, SilenceTimer } from "../origins/silence.ts";
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
/** Large enough that the number of chunks does not limit the speed. Bytes. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Copies a blob into R2 from the disk of the first origin that has it. R2 checks the bytes against the digest, and does
 * not store wrong bytes. Never rejects.
 */
export async function fetchBlob(
  config: FetchSettings,
  digest: Digest,
  trace: TraceContext,
  limits: Pick<SilenceLimits, "maxSilenceMs"> = {},
): Promise<SearchOutcome> {
  const health = healthOf(config.origin);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error("copying it took too long")), TIME_LIMIT_MS);
  let found: SearchOutcome = "unknown";
  for (const url of health.order(await rankOrigins(config.origin.urls, digest), Date.now())) {
    const silence = new SilenceTimer({ ...limits, isSuspect: health.hasFailed(url, Date.now()) });
    try {
      if (await copyBlob(config, { url, digest, trace, silence, signal: limit.signal })) found = "stored";
      health.worked(url);
    } catch (error) {
      logFailure(`origin ${url} did not send ${digest}`, error);
      if (!isDamaged(error)) {
        found = "unavailable";
        health.failed(url, Date.now());
      }
    } finally {
      silence.stop();
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
  readonly silence: SilenceTimer;
  readonly signal: AbortSignal;
}

/** False if the origin does not have the blob. */
async function copyBlob({ origin, r2 }: FetchSettings, copy: BlobCopy): Promise<boolean> {
  const { url, digest, trace, silence } = copy;
  const request = await signedRequest(origin, { method: "GET", url, path: blobPath(digest), trace });
  const end = new AbortController();
  const signal = AbortSignal.any([copy.signal, silence.signal, end.signal]);
  try {
    const response = await origin.fetch(request, { signal });
    if (response.status === 404) return false;
    if (response.status !== 200 || !response.body) throw new Error(`GET ${request.url} answered ${response.status}`);
    const blob = new FixedLengthStream(Number(response.headers.get("Content-Length")));
    const options = { sha256: digestHex(digest), httpMetadata: { contentType: BLOB_MEDIA_TYPE } };
    await Promise.all([
      pump(response.body, blob.writable, { silence, signal }),
      r2.put(blobKey(digest), blob.readable, options),
    ]);
    return true;
  } finally {
    end.abort();
  }
}

/** Copies a body, and tells the timer of each chunk. A frozen origin keeps the connection open, and sends nothing more. */
async function pump(
  body: ReadableStream<unknown>,
  writable: WritableStream<Uint8Array>,
  { silence, signal }: Pick<BlobCopy, "silence" | "signal">,
): Promise<void> {
  const reader = body.getReader({ mode: "byob" });
  const writer = writable.getWriter();
  // Without this, R2 would wait for ever for the rest of a blob.
  signal.addEventListener("abort", () => void writer.abort(signal.reason).catch(() => undefined));
  for (;;) {
    const { value, done } = await reader.read(new Uint8Array(CHUNK_BYTES));
    if (done) break;
    silence.heard();
    await writer.write(value);
  }
  await writer.close();
}

/** R2's error "BadDigest": https://developers.cloudflare.com/r2/api/error-codes/. Wrong bytes count as no blob. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && error.message.includes("(10037)");
}
