import { createReadStream } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { download } from "../downloads/download.ts";
import { DownloadError } from "../downloads/download-error.ts";
import { hasCode, isSystemError } from "../system/error-code.ts";
import { CacheError } from "./cache-error.ts";
import { CacheFailure } from "./cache-failure.ts";
import type { CachedArchive } from "./cached-path.ts";
import { downloadFault } from "./download-fault.ts";

export interface ArchiveOptions {
  readonly signal: AbortSignal;
  /** A server has failed after this time without a byte, over all attempts; milliseconds. */
  readonly silenceMs: number;
  /** Compressed bytes. The cache's own `fileSize` counts if it is less. */
  readonly maxBytes: number;
  readonly onBytes?: (count: number) => void;
  /** The pauses before further attempts, milliseconds. */
  readonly pausesMs?: readonly number[];
  /** The path's name for messages. If undefined, messages name the file. */
  readonly name?: string;
}

const PAUSES_MS = [1000, 4000];
/** 1 KB a second counts as broken: a package of 10 MB would take three hours. Bytes a second. */
const LOWEST_RATE = 2048;
/** A download that breaks gets all its attempts again after so many bytes. A server must not break it off without end. */
const PROGRESS_BYTES = 1_048_576;
/** Bytes that are read from a disk at a time. */
const READ_BYTES = 262_144;

/**
 * The compressed bytes of an archive. If the connection breaks, it goes on behind the last byte. Throws `CacheError`. It does
 * not check the bytes: the reader compares the hash of the unpacked archive.
 */
export async function* openArchive(archive: CachedArchive, options: ArchiveOptions): AsyncGenerator<Uint8Array> {
  const { signal, maxBytes, onBytes } = options;
  const limit = Math.min(maxBytes, archive.fileSize ?? maxBytes);
  const isLocal = archive.url.startsWith("file:");
  try {
    let bytes = 0;
    for await (const chunk of isLocal ? readLocal(archive.url, signal) : readRemote(archive, limit, options)) {
      bytes += chunk.length;
      if (bytes > limit) throw new DownloadError(`it has more than ${limit} bytes`, false, { failure: "too-long" });
      onBytes?.(chunk.length);
      yield chunk;
    }
    if (bytes < (archive.fileSize ?? 0)) throw new DownloadError("the file ends too early", false);
  } catch (error) {
    signal.throwIfAborted();
    throw explained(archive, options.name, error);
  }
}

function readLocal(url: string, signal: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(new URL(url), { highWaterMark: READ_BYTES, signal });
}

async function* readRemote(
  { url, headers, fileSize }: CachedArchive,
  maxBytes: number,
  { signal, silenceMs, pausesMs = PAUSES_MS }: ArchiveOptions,
): AsyncGenerator<Uint8Array> {
  const limits = { silenceMs: silenceMs / (pausesMs.length + 1), lowestRate: LOWEST_RATE, maxBytes, signal };
  // Ranges count the bytes of the file as it is stored. With a range, `fetch` itself asks for these bytes.
  const plain = { ...headers, "accept-encoding": "identity" };
  let at = 0;
  let pauses = pausesMs;
  for (;;) {
    const from = at;
    try {
      for await (const chunk of download(url, { ...limits, headers: from === 0 ? plain : headers, from })) {
        at += chunk.length;
        yield chunk;
      }
      if (at >= (fileSize ?? 0)) return;
      throw new DownloadError("the file ends too early", true);
    } catch (error) {
      if (at - from >= PROGRESS_BYTES) pauses = pausesMs;
      const [pauseMs, ...others] = pauses;
      if (!(error instanceof DownloadError) || !error.isTransient || pauseMs === undefined) throw error;
      pauses = others;
      await pause(pauseMs, undefined, { signal });
    }
  }
}

/** Errors of the system and of downloads become errors that name the cache. */
function explained({ cache, url }: CachedArchive, name: string | undefined, error: unknown): unknown {
  const what = name ?? new URL(url).pathname.replace(/^.*\//, "");
  const failed = (fault: Pick<CacheFailure["fault"], "kind" | "words">, isTransient: boolean) =>
    new CacheError(what, [new CacheFailure({ cache, ...fault, isWhole: false }, isTransient, error)]);
  const lost = { kind: "archive", words: "knows the store path, but has lost its archive" } as const;
  if (error instanceof DownloadError) return failed(error.isMissing ? lost : downloadFault(error), error.isTransient);
  if (hasCode(error, "ENOENT")) return failed(lost, false);
  if (!isSystemError(error)) return error;
  return failed({ kind: "unusable", words: `has an archive that cannot be read: ${String(error.code)}` }, false);
}
