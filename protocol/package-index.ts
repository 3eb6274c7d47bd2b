/** The packages of a source, for people who look for one. */
export interface PackageIndex {
  /** The source, in the words of `PACKAGE_SOURCE`. */
  readonly source: string;
  readonly revision: string;
  /** Sorted by name. */
  readonly packages: readonly IndexedPackage[];
}

/** A row of a large table: as a list it is half as large as with names, before compression. */
export type IndexedPackage = readonly [
  /** A component of an image name: lower case. */
  name: string,
  version: string,
  description: string,
];
