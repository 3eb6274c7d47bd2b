import { storePathName } from "../../image/closure/store-path.ts";
import type { BinaryCaches } from "../caches/binary-caches.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import type { KnownPath } from "../closures/known-path.ts";
import type { FailedArchive } from "../unpacking/failure.ts";
import type { PathArchive } from "../unpacking/path-archive.ts";

interface ArchiveOptions {
  readonly caches: Pick<BinaryCaches, "find">;
  /** Milliseconds without a byte after which a cache counts as down. */
  readonly silenceMs: number;
  readonly spoolDirectory: string;
  readonly onFault?: (fault: CacheFault) => void;
}

/** Finds the archives of store paths in binary caches. */
export interface Archives {
  /**
   * `failed`: archives that did not arrive as a whole; the caches that gave them are not asked for these paths again.
   * Throws `MissingArchive` if no other cache has the archive, and `CacheError` if a cache fails.
   */
  find(path: KnownPath, failed: readonly FailedArchive[], signal: AbortSignal): Promise<PathArchive>;
}

/** No binary cache has the archive of a store path that was known before. */
export class MissingArchive extends Error {
  override readonly name = "MissingArchive";

  constructor({ path }: Pick<KnownPath, "path">) {
    super(`no binary cache has ${storePathName(path)}`);
  }
}

export function findArchives({ caches, silenceMs, spoolDirectory, onFault }: ArchiveOptions): Archives {
  return {
    async find(known, failed, signal) {
      const last = failed.at(-1);
      if (last?.path === known.path) onFault?.(faultOf(last));
      const except = new Set(failed.filter(({ path }) => path === known.path).map(({ cache }) => cache));
      for (;;) {
        const found = await caches.find(known.path, { signal, except });
        if (!found) throw new MissingArchive(known);
        const { path, narHash, narSize, archive } = found;
        // Two caches may have built the path each, with other bytes. An image has one of them.
        if (known.narHash === undefined || known.narHash === narHash)
          return { path, narHash, narSize, archive, silenceMs, spoolDirectory };
        except.add(archive.cache);
      }
    },
  };
}

function faultOf({ cache, path }: FailedArchive): CacheFault {
  const words = `gives no whole archive of ${storePathName(path)}`;
  return { cache, kind: "archive", words, path, isWhole: false };
}
