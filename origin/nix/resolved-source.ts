/** A package source at one revision, on this machine. */
export interface ResolvedSource {
  /** path: a folder or file; flake: a flake's store path, or the folder of one */
  readonly kind: "path" | "flake";
  readonly location: string;
  /** The folder of the source that holds `flake.nix`, when it is not the top one. */
  readonly directory?: string;
  /** False for code that only the operator chose, and only where the operator says so. */
  readonly restricted?: boolean;
  /** A commit. For a path, the operator names its state. */
  readonly revision: string;
}
