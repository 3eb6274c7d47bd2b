import type { Digest } from "../../protocol/digest.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { StorePath } from "../closure/store-path.ts";
import type { PackageMetadata } from "./package-metadata.ts";

/**
 * What is known of an image. All of it follows from the image and from its packages. The revision does
 * not belong to it: several revisions can give one image. Facts that nobody knows are left out.
 */
export interface ImageFacts {
  /** The digest of the manifest. */
  readonly digest: Digest;
  readonly architecture: Architecture;
  /** The packages as they stand in the image's name. */
  readonly title: string;
  readonly requested: readonly RequestedPackage[];
  /** The whole closure, each path once. */
  readonly paths: readonly PathFacts[];
  /** The name of the package set in package URLs: `nixpkgs`. */
  readonly packageSet?: string | undefined;
  /** The distribution whose packages the store paths hold. Scanners choose their list of vulnerabilities by it. */
  readonly distribution?: Distribution | undefined;
}

export interface RequestedPackage {
  readonly attribute: string;
  /** The store paths of its outputs in the image. */
  readonly paths: readonly string[];
}

export interface PathFacts extends StorePath, KnownFacts {
  /** The layers that hold the path. A small path can be in several. */
  readonly layers: readonly Digest[];
}

/** Facts of a store path. They are the same in every image. */
export interface KnownFacts {
  /** SHA-256 of the path as a NAR archive: 64 hexadecimal digits. */
  readonly narHash?: string | undefined;
  readonly metadata?: PackageMetadata | undefined;
}

/** For example `debian` and `13`, as `ID` and `VERSION_ID` in `/etc/os-release`. */
export interface Distribution {
  readonly id: string;
  readonly version: string;
}
