/**
 * How an image was built. Unlike the facts of the image, these differ between revisions and builders. Facts that nobody
 * knows are left out.
 */
export interface BuildFacts {
  /** The address of the registry's documentation. A page of it describes the members of the provenance. */
  readonly documentation: string;
  readonly builder: Builder;
  readonly source: SourceFacts;
  /** The packages of the request, as in the image's name. */
  readonly names: readonly string[];
  /** The tag of the request. */
  readonly tag?: string | undefined;
  /** The settings that shape an image: the limit of layers, compression. Keys are the names of the settings. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Where store paths come from, at most one origin for each path. */
  readonly origins: readonly PathOrigin[];
}

export interface Builder {
  /** An address that names the builder and whoever runs it. */
  readonly id: string;
  /** Versions of its programs: `cornice`, `nix`. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface SourceFacts {
  /** As in the setting of the package source: `channel:nixos-25.11`. */
  readonly name: string;
  /** A URI, without credentials: `git+https://github.com/NixOS/nixpkgs`. */
  readonly uri?: string | undefined;
  readonly revision?: string | undefined;
}

export type PathOrigin = CachedPath | BuiltPath;

/** A store path that a binary cache had. The cache, its key, or both are known. */
export interface CachedPath {
  readonly kind: "cached";
  readonly path: string;
  /** The address of the cache, without credentials. */
  readonly cache?: string | undefined;
  /** The name of the key that signed the path: `cache.nixos.org-1`. */
  readonly key?: string | undefined;
}

/** A store path that the builder built. */
export interface BuiltPath {
  readonly kind: "built";
  readonly path: string;
  /** The store path of its derivation. */
  readonly derivation: string;
}
