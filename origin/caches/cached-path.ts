import type { StorePath } from "../../image/closure/store-path.ts";

/** How caches compress archives, by the names that Nix gives them. Nix knows rarer ones, too. */
export const ARCHIVE_COMPRESSIONS = ["none", "xz", "zstd", "bzip2", "gzip", "br"] as const;

export type ArchiveCompression = (typeof ARCHIVE_COMPRESSIONS)[number];

/** What a binary cache says of a store path. The signature is checked. The references are sorted. */
export interface CachedPath extends StorePath {
  /** SHA-256 of the uncompressed archive; 64 hexadecimal digits. */
  readonly narHash: string;
  readonly archive: CachedArchive;
}

/** Where an archive is. Plain data: it goes to other threads by structured clone. */
export interface CachedArchive {
  /** The cache's address as messages show it: without password. */
  readonly cache: string;
  /** `http:`, `https:` or `file:`. */
  readonly url: string;
  /** `Authorization`, if the cache is private. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: ArchiveCompression;
  /** Compressed bytes, if the cache says so. */
  readonly fileSize: number | undefined;
}
