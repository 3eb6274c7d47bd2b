import { storePathName } from "../../image/closure/store-path.ts";
import { keepsBytes, type TreeEntry } from "../../image/trees/tree-entry.ts";
import { openArchive } from "../caches/open-archive.ts";
import { decompress } from "../nars/decompress.ts";
import { tarOfNar } from "../nars/tar-of-nar.ts";
import type { PathArchive } from "./path-archive.ts";

interface UnpackOptions {
  readonly signal: AbortSignal;
  /** Gets the number of compressed bytes since its last call. */
  readonly onBytes: (count: number) => void;
  readonly onEntry: (entry: TreeEntry) => void;
}

/** A cache need not say how long a compressed archive is. Compression adds at most this share, and some bytes. */
const MAX_GROWTH = 1.1;
const MAX_OVERHEAD_BYTES = 65_536;

/**
 * Fetches the archive of a store path, and gives the tar of the path while the archive arrives. After the last byte, the
 * archive's size and hash were checked.
 */
export function unpackPath(archive: PathArchive, options: UnpackOptions): AsyncGenerator<Uint8Array> {
  const { path, narSize, narHash, silenceMs, spoolDirectory } = archive;
  const { signal, onBytes, onEntry } = options;
  const maxBytes = archive.archive.fileSize ?? Math.ceil(narSize * MAX_GROWTH) + MAX_OVERHEAD_BYTES;
  const compressed = openArchive(archive.archive, { signal, silenceMs, maxBytes, onBytes, name: storePathName(path) });
  const nar = decompress(archive.archive.compression, compressed);
  return tarOfNar(nar, { path, narSize, narHash, spoolDirectory, keeps: keepsBytes, onEntry });
}
