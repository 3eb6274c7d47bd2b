/**
 * What an image that the package set defines says beside its packages, as Nix has checked it. Names are
 * sorted, so that equal options are equal as JSON.
 */
export interface ImageOptions {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A name or number, alone or with a group after a colon. */
  readonly user?: string;
  /** An absolute path. */
  readonly workingDir?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Such as `8080/tcp`, sorted. */
  readonly exposedPorts?: readonly string[];
}
