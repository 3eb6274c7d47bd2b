import type { PackageRoot } from "../closure/image-closure.ts";
import type { IndexEntry } from "./index-entry.ts";

/** The outputs of a package, in the order of its entry. `requested` is false for a package that every image gets. */
export function packageRoots(
  name: string,
  { attribute, paths }: Extract<IndexEntry, { readonly kind: "package" }>,
  requested: boolean,
): PackageRoot[] {
  return paths.map((path) => ({ name, attribute, path, requested }));
}
