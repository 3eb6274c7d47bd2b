import { open } from "node:fs/promises";
import { withAttempts } from "../downloads/attempts.ts";
import { download } from "../downloads/download.ts";
import { DownloadError } from "../downloads/download-error.ts";
import { hasCode, isSystemError } from "../system/error-code.ts";
import type { CacheAddress } from "./cache-address.ts";
import { CacheFailure } from "./cache-failure.ts";
import { downloadFault } from "./download-fault.ts";

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** The file has failed after this time without a byte, over all attempts; milliseconds. */
  readonly silenceMs: number;
  /** The pauses before further attempts, milliseconds. */
  readonly pausesMs: readonly number[];
  /** Runs one attempt, as soon as a request may begin. */
  readonly slot: <T>(attempt: () => Promise<T>) => Promise<T>;
}

const UNAUTHORIZED = 401;
/** Small files have to come faster than this; bytes a second. */
const LOWEST_RATE = 100;
/** S3 says 403 for what is missing, if the bucket cannot be listed. */
const MISSING: ReadonlySet<number | undefined> = new Set([403, 404, 410]);

/** Reads a small file of a cache. Undefined if the cache does not have it. Throws `CacheFailure`. */
export async function readCacheFile(
  cache: CacheAddress,
  name: string,
  options: ReadOptions,
): Promise<string | undefined> {
  const url = new URL(name, cache.url);
  try {
    if (url.protocol === "file:") return await readLocal(url, options);
    return await withAttempts(() => options.slot(() => readRemote(cache, url, options)), options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof DownloadError) {
      if (MISSING.has(error.status)) return undefined;
      const isWhole = error.isTransient || error.status === UNAUTHORIZED;
      const fault = { cache: cache.shown, ...downloadFault(error), isWhole };
      throw new CacheFailure(fault, error.isTransient, error);
    }
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    if (!isSystemError(error)) throw error;
    const words = `cannot be read: ${String(error.code)}`;
    throw new CacheFailure({ cache: cache.shown, kind: "unreachable", words, isWhole: true }, false, error);
  }
}

async function readRemote(
  { headers }: CacheAddress,
  url: URL,
  { signal, maxBytes, silenceMs, pausesMs }: ReadOptions,
): Promise<string> {
  const ownSilenceMs = silenceMs / (pausesMs.length + 1);
  const limits = { silenceMs: ownSilenceMs, lowestRate: LOWEST_RATE, maxBytes };
  return Buffer.concat(await Array.fromAsync(download(url.href, { ...limits, headers, signal }))).toString();
}

async function readLocal(url: URL, { maxBytes }: ReadOptions): Promise<string> {
  await using handle = await open(url);
  const { size } = await handle.stat();
  if (size > maxBytes) throw new DownloadError(`it has more than ${maxBytes} bytes`, false, { failure: "too-long" });
  return handle.readFile("utf8");
}
