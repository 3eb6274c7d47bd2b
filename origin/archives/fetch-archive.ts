import { join } from "node:path";
import type { BuildListener, WorkEvent } from "../../protocol/build-events.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { withOwnedFolder } from "../system/owned-folder.ts";
import type { FolderNode } from "./archive-tree.ts";
import { download, withAttempts } from "./download.ts";
import { readArchive } from "./read-archive.ts";
import { storeTree } from "./store-tree.ts";

export interface ArchiveFetch {
  readonly url: string;
  /** What people call the archive: `nixpkgs at 0123456789ab`. */
  readonly name: string;
  /** The folder for temporary files. */
  readonly directory: string;
  /** A server that sends nothing for this time counts as down; milliseconds. */
  readonly silenceMs: number;
  /** The pauses before further attempts, milliseconds. */
  readonly pausesMs?: readonly number[];
  /** The path of a link. Nix makes the link. While it exists, Nix's garbage collector keeps the store path. */
  readonly gcRoot: string;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  readonly onEvent: BuildListener;
}

/** The temporary folders of this room begin with this word. */
export const ARCHIVE_FOLDER = "archive-";

/** nixpkgs' archive has 50 MB. */
const MAX_DOWNLOAD_BYTES = 1_073_741_824;
/** GitHub answers 502 now and then. */
const PAUSES_MS = [1000, 4000];
/** People see no difference between more lines than these; milliseconds. */
const PROGRESS_INTERVAL_MS = 3000;

/**
 * Downloads a `.tar.gz` archive, and puts its files into the Nix store. The store path is the same as that of
 * `builtins.fetchTarball`. Throws `DownloadError` or `ArchiveError`.
 */
export function fetchArchive(options: ArchiveFetch): Promise<string> {
  const { directory, name, signal, onEvent, pausesMs = PAUSES_MS } = options;
  const log = (line: string) => onEvent({ event: "log", line });
  return asDownload(options, () =>
    withOwnedFolder(directory, ARCHIVE_FOLDER, async (folder) => {
      const content = join(folder, "content");
      const root = await withAttempts(() => readDownload(options, content), {
        pausesMs,
        signal,
        onFailure: ({ message }) => log(`${name}: ${message}; trying again`),
      });
      log(`${name}: adding its files to the Nix store`);
      return storeTree(root, { ...options, content, cache: join(folder, "cache") });
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

async function readDownload(options: ArchiveFetch, content: string): Promise<FolderNode> {
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
  const root = await readArchive(chunks, { content, signal });
  tell();
  return root;
}
