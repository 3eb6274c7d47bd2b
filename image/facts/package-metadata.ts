import { isJsonObject, jsonMembers } from "../../protocol/json-object.ts";
import { readCpe } from "./cpe.ts";
import { type DebianPackage, readDebianPackage } from "./debian-package.ts";
import { type License, readLicense } from "./license.ts";
import { readText } from "./read-text.ts";

/** What a package set says of the package in a store path. */
export interface PackageMetadata {
  /** Replaces the name or the version that the store path has. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly licenses: readonly License[];
  /** An HTTP address. */
  readonly homepage?: string | undefined;
  /** A CPE 2.3 name. */
  readonly cpe?: string | undefined;
  /** The Debian packages whose files are in the store path. */
  readonly debian: readonly DebianPackage[];
}

/** Licenses or Debian packages of one store path. The usual ones have fewer than 10. */
const MAX_ITEMS = 100;

/**
 * Reads metadata in the form of a Nix package's `meta`: `license` and `homepage` are one value or a list. Nothing in it
 * is believed. A malformed or too long value is left out, alone.
 */
export function readPackageMetadata(value: unknown): PackageMetadata {
  const meta = isJsonObject(value) ? value : {};
  return {
    name: readText(meta["name"]),
    version: readText(meta["version"]),
    licenses: readItems(meta["license"], readLicense),
    homepage: readItems(meta["homepage"], readHomepage)[0],
    cpe: readCpe(meta["cpe"]),
    debian: readItems(meta["debian"], readDebianPackage),
  };
}

/** What `readPackageMetadata` reads as this metadata. */
export function metadataJson({ name, version, licenses, homepage, cpe, debian }: PackageMetadata): object {
  const license = licenses.map((each) => ("id" in each ? { spdxId: each.id } : { fullName: each.name }));
  return {
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(license.length > 0 && { license }),
    ...(homepage !== undefined && { homepage }),
    ...(cpe !== undefined && { cpe }),
    ...(debian.length > 0 && { debian }),
  };
}

function readItems<T>(value: unknown, read: (item: unknown) => T | undefined): T[] {
  const items = Array.isArray(value) ? jsonMembers(value) : [value];
  return items.slice(0, MAX_ITEMS).flatMap((item) => read(item) ?? []);
}

/** URL parsers leave these as they are in some places. RFC 3986 does not allow them, and validators of documents refuse them. */
const NOT_IN_URIS = /[\\^`{|}]/g;

/** The address as URL parsers write it: a browser must not see another one. It may be longer, and then too long. */
function readHomepage(value: unknown): string | undefined {
  const url = URL.parse(readText(value) ?? "");
  const isPublic = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  return isPublic ? readText(url.href.replaceAll(NOT_IN_URIS, encodeURIComponent)) : undefined;
}
