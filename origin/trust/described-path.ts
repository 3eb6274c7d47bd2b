import type { PackageMetadata } from "../../image/facts/package-metadata.ts";
import type { FoundPackage } from "../../image/names/found-package.ts";
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
  /** What the package set tells of the package in the path. */
  readonly metadata?: PackageMetadata | undefined;
  /** The binary cache that has the path. */
  readonly cache?: PathCache | undefined;
}

/** Adds what the package set tells of packages. A path of which nothing else is known is added, too. */
export function withPackages(
  described: readonly DescribedPath[],
  packages: readonly FoundPackage[],
): readonly DescribedPath[] {
  const known = new Map(described.map((path) => [path.path, path]));
  for (const { path, metadata } of packages) if (metadata) known.set(path, { ...known.get(path), path, metadata });
  return [...known.values()];
}
