import { type FoundPackage, withMetadata } from "./found-package.ts";
import type { IndexEntry } from "./index-entry.ts";

/** The outputs of a package, in the order of its entry. `requested` is false for a package that every image gets. */
export function packageRoots(
  name: string,
  { attribute, paths, metadata }: Extract<IndexEntry, { readonly kind: "package" }>,
  requested: boolean,
): FoundPackage[] {
  return paths.map((path) => withMetadata({ name, attribute, path, requested }, metadata));
}
