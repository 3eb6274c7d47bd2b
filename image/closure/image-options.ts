/**
 * The options of an image that the package set defines. Nix has checked them. Names are sorted, so equal options give
 * equal JSON.
 */
export interface ImageOptions {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A user's name or number. A colon and a group may follow. */
  readonly user?: string;
  /** An absolute path. */
  readonly workingDir?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** For example `8080/tcp`. Sorted. */
  readonly exposedPorts?: readonly string[];
}
