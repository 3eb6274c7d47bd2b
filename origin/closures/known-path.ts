import type { StorePath } from "../../image/closure/store-path.ts";
import type { PathCache } from "../caches/cached-path.ts";

/** A store path, as a binary cache or Nix has described it. */
export interface KnownPath extends StorePath {
  /** SHA-256 of its archive; 64 hexadecimal digits. Undefined if Nix built the path here, and no cache vouches for it. */
  readonly narHash: string | undefined;
  /** The cache that first had the path. Undefined if nobody has noted it. */
  readonly cache?: PathCache | undefined;
}
