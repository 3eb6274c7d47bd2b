import type { StorePath } from "../../image/closure/store-path.ts";

/** What Nix's database says of a path in this machine's store. Nix before 2.4 tells no more than of any store path. */
export interface StoredPath extends StorePath {
  /** SHA-256 of the path as a NAR archive; 64 hexadecimal digits. */
  readonly narHash?: string | undefined;
  /** The store path of the derivation that has the path as an output. */
  readonly derivation?: string | undefined;
  /** The names of the keys that have signed the path. Empty for a path that was built here. */
  readonly signers?: readonly string[] | undefined;
}
