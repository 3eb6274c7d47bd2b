import type { ImageClosure, PackageRoot } from "../closure/image-closure.ts";
import { metadataJson, type PackageMetadata, readPackageMetadata } from "../facts/package-metadata.ts";

/** An output of a package, with what the package set tells of the package. */
export interface FoundPackage extends PackageRoot {
  readonly metadata?: PackageMetadata | undefined;
}

/** An image whose packages have their metadata. */
export interface FoundImage extends ImageClosure {
  readonly packages: readonly FoundPackage[];
}

/** UTF-16 code units of JSON. The usual metadata has 100, and an object of the index has hundreds of packages. */
const MAX_METADATA_LENGTH = 4000;

/**
 * Reads metadata of a package from an evaluation or from the index of names. Both give the same. Undefined if it says
 * nothing, or too much for the index.
 */
export function readFoundMetadata(value: unknown): PackageMetadata | undefined {
  const { licenses, homepage, cpe } = readPackageMetadata(value);
  const metadata = { licenses, homepage, cpe, debian: [] };
  const { length } = JSON.stringify(metadataJson(metadata));
  return length > EMPTY.length && length <= MAX_METADATA_LENGTH ? metadata : undefined;
}

const EMPTY = "{}";

export function withMetadata(root: PackageRoot, metadata: PackageMetadata | undefined): FoundPackage {
  return metadata ? { ...root, metadata } : root;
}
