import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { BuildListener, WorkEvent } from "../../protocol/build-events.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { withAttempts } from "../downloads/attempts.ts";
import { download } from "../downloads/download.ts";
import { unpackArchive, type UnpackedTree } from "./unpack-archive.ts";

export interface ArchiveFetch {
  readonly url: string;
  /** What people call the archive: `nixpkgs at 0123456789ab`. */
  readonly name: string;
  /** The files come into a folder below this one. Failed attempts leave parts of theirs. */
  readonly folder: string;
  /** A server that sends nothing for this time counts as down; milliseconds. */
  readonly silenceMs: number;
  /** The pauses before further attempts, milliseconds. */
  readonly pausesMs?: readonly number[];
  readonly signal: AbortSignal;
  readonly onEvent: BuildListener;
}

/** nixpkgs' archive has 50 MB. */
const MAX_DOWNLOAD_BYTES = 1_073_741_824;
/** GitHub answers 502 now and then. */
const PAUSES_MS = [1000, 4000];
/** People see no difference between more lines than these; milliseconds. */
const PROGRESS_INTERVAL_MS = 3000;

/** Downloads a `.tar.gz` archive, and unpacks it. Throws `DownloadError` or `ArchiveError`. */
export function fetchArchive(options: ArchiveFetch): Promise<UnpackedTree> {
  const { name, signal, onEvent, pausesMs = PAUSES_MS } = options;
  return asDownload(options, () =>
    withAttempts(() => unpackDownload(options), {
      pausesMs,
      signal,
      onFailure: ({ message }) => onEvent({ event: "log", line: `${name}: ${message}; trying again` }),
    }),
  );
}

/** Tells viewers that the download begins and ends. */
async function asDownload<T>({ name, onEvent }: ArchiveFetch, work: () => Promise<T>): Promise<T> {
  const tell = (state: WorkEvent["state"]) => onEvent({ event: "work", work: "download", name, state });
  tell("started");
  try {
    const result = await work();
    tell("ended");
    return result;
  } catch (error) {
    tell("failed");
    throw error;
  }
}

async function unpackDownload(options: ArchiveFetch): Promise<UnpackedTree> {
  const { url, name, silenceMs, signal, onEvent } = options;
  let bytes = 0;
  let toldAt = Date.now();
  const tell = () => onEvent({ event: "log", line: `${name}: ${formatBytes(bytes)} have arrived` });
  const chunks = download(url, {
    silenceMs,
    maxBytes: MAX_DOWNLOAD_BYTES,
    signal,
    onBytes(count) {
      bytes += count;
      if (Date.now() - toldAt < PROGRESS_INTERVAL_MS) return;
      toldAt = Date.now();
      tell();
    },
  });
  return unpackArchive(chunks, { folder: await mkdtemp(join(options.folder, "attempt-")), signal, onRead: tell });
}
