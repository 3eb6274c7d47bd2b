import { type StorePath, storePathName } from "../../image/closure/store-path.ts";
import type { DebianPackage } from "../../image/facts/debian-package.ts";
import type { DebianPaths } from "../starter/debian-paths.ts";

/**
 * The packages in a path of the starter set. An attribute's path holds only links to the group of the same package, and may
 * have the group's name.
 */
export function debianPackages(
  { path, references }: StorePath,
  debian: DebianPaths | undefined,
): readonly DebianPackage[] {
  const name = storePathName(path);
  const isAttribute = references.some((reference) => reference !== path && storePathName(reference) === name);
  return isAttribute ? [] : (debian?.packages.get(name) ?? []);
}
