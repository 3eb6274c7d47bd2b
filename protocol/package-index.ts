import { isJsonObject, isListOf } from "./json-object.ts";

/** The packages of a source. People search them on the page. */
export interface PackageIndex {
  /** The source, in the words of `PACKAGE_SOURCE`. */
  readonly source: string;
  readonly revision: string;
  /** Sorted by name. */
  readonly packages: readonly IndexedPackage[];
}

/** The metadata of a `PackageIndex` in R2. The Worker passes the bytes on unread, so the version stands beside them. */
export interface PackageIndexMetadata {
  readonly version: string;
  /** Stands for the revision and all settings that change the list. */
  readonly state?: string;
}

const INDEX_VERSION = "1";

export function packageIndexMetadata(state: string | undefined): Record<string, string> {
  return { version: INDEX_VERSION, ...(state !== undefined && { state }) };
}

/** The metadata of a list of a known version. Undefined for another version. The lists of older releases have none. */
export function parsePackageIndexMetadata(
  metadata: Readonly<Record<string, string>> = {},
): PackageIndexMetadata | undefined {
  const { version = INDEX_VERSION, state } = metadata;
  return version === INDEX_VERSION ? { version, ...(state !== undefined && { state }) } : undefined;
}

/** What a guest of a registry with users gets of the index: the packages that are public, and nothing of the source. */
export type GuestPackages = Pick<PackageIndex, "packages">;

/** A row of a large table. A list needs half as many bytes as an object with names, before compression. */
export type IndexedPackage = readonly [
  /** A component of an image name: lower case. */
  name: string,
  version: string,
  description: string,
];

/** Whether a value is a row of an index. */
export function isIndexedPackage(value: unknown): value is IndexedPackage {
  return Array.isArray(value) && value.length === 3 && value.every((item) => typeof item === "string");
}

/** Undefined if the value is no whole index. */
export function parsePackageIndex(value: unknown): PackageIndex | undefined {
  if (!isJsonObject(value)) return undefined;
  const { source, revision, packages } = value;
  const isWhole = typeof source === "string" && typeof revision === "string" && isListOf(packages, isIndexedPackage);
  return isWhole ? { source, revision, packages } : undefined;
}
