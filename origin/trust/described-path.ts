import type { PathCache } from "../caches/cached-path.ts";

/** What the builder knows of a store path beside its place in the image. Facts that nobody knows are left out. */
export interface DescribedPath {
  readonly path: string;
  /** SHA-256 of the path as a NAR archive; 64 hexadecimal digits. */
  readonly narHash?: string | undefined;
  /** The store path of the derivation that has the path as an output. */
  readonly derivation?: string | undefined;
  /** The names of the keys that have signed the path. Empty if Nix's database has no signature of it. */
  readonly signers?: readonly string[] | undefined;
  /** The binary cache that has the path. */
  readonly cache?: PathCache | undefined;
}
