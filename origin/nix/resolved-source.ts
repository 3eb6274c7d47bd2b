/** A package source at one revision, on this machine. */
export interface ResolvedSource {
  /** path: a folder or file; flake: a flake's store path, or its folder */
  readonly kind: "path" | "flake";
  readonly location: string;
  /** The folder inside the source that holds `flake.nix`. Undefined if that is the top folder. */
  readonly directory?: string;
  /** The folder of the nixpkgs that a package set gets. Undefined if the operator names none. */
  readonly nixpkgs?: string;
  /** False lets Nix read everything that this process may read. Only for code that the operator alone chose. */
  readonly restricted?: boolean;
  /** A commit. For a path, a text that the operator chooses for its state. */
  readonly revision: string;
}
