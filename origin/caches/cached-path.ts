import type { StorePath } from "../../image/closure/store-path.ts";
import type { Compression } from "../nars/compressions.ts";

/** What a binary cache says of a store path. The signature is checked. The references are sorted. */
export interface CachedPath extends StorePath {
  /** SHA-256 of the uncompressed archive; 64 hexadecimal digits. */
  readonly narHash: string;
  readonly cache: PathCache;
  readonly archive: CachedArchive;
}

/** The binary cache that has a path, and the key that vouches for it. */
export interface PathCache {
  /** As messages show it: without password. */
  readonly address: string;
  /** The name of the key. Undefined if the operator trusts the cache without one. */
  readonly key: string | undefined;
}

/** Where an archive is. Plain data: it goes to other threads by structured clone. */
export interface CachedArchive {
  /** The cache's address as messages show it: without password. */
  readonly cache: string;
  /** `http:`, `https:` or `file:`. */
  readonly url: string;
  /** `Authorization`, if the cache is private. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: Compression;
  /** Compressed bytes, if the cache says so. */
  readonly fileSize: number | undefined;
}
