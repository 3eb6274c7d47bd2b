import type { PackageRoot } from "../../image/closure/image-closure.ts";
import type { StorePath } from "../../image/closure/store-path.ts";
import { reachedBy } from "../../image/layers/package-parts.ts";

/** One package of an image: an attribute with all of its outputs. */
export interface ImagePackage {
  readonly attribute: string;
  /** Not empty. */
  readonly roots: readonly PackageRoot[];
  /** All that the outputs reach. */
  readonly closure: readonly StorePath[];
}

/** The packages of an image, also those that every image gets. */
export function imagePackages(packages: readonly PackageRoot[], closure: readonly StorePath[]): ImagePackage[] {
  const references = new Map(closure.map((path) => [path.path, path.references]));
  return [...Map.groupBy(packages, ({ attribute }) => attribute)].map(([attribute, roots]) => {
    const reached = reachedBy(roots, references);
    return { attribute, roots, closure: closure.filter(({ path }) => reached.has(path)) };
  });
}
