import type { DebianPackage as DescribedPackage } from "../../image/facts/debian-package.ts";
import type { Distribution } from "../../image/facts/image-facts.ts";
import type { DebianPackage } from "./package-list.ts";

/** What scanners need to know of a package beside its name. The version is exact: a store path's name leaves out parts. */
export interface DebianFacts extends Omit<DescribedPackage, "name"> {
  readonly homepage?: string;
}

/** https://www.debian.org/doc/debian-policy/ch-controlfields.html#source: `glibc`, or `glibc (2.41-12)`. */
const SOURCE = /^(\S+)(?: \((\S+)\))?$/;

/** A package without the field `Source` has a source package of the same name. */
export function debianFacts({ name, version, architecture, source, homepage }: DebianPackage): DebianFacts {
  const [, sourceName = name, sourceVersion = version] = SOURCE.exec(source) ?? [];
  const facts = { version, architecture, source: { name: sourceName, version: sourceVersion } };
  return homepage === "" ? facts : { ...facts, homepage };
}

/** `13` for `13.1` and `13`. */
const MAJOR = /^\d+/;

/** Undefined if the lists are of no release, or of several: scanners would compare with the wrong list of vulnerabilities. */
export function distributionOf(releases: readonly string[]): Distribution | undefined {
  const versions = new Set(releases.map((release) => MAJOR.exec(release)?.[0]));
  const [version] = versions;
  return versions.size === 1 && version !== undefined ? { id: "debian", version } : undefined;
}
