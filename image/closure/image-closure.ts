import type { ImageOptions } from "./image-options.ts";
import type { StorePath } from "./store-path.ts";

/**
 * One output of a package of the image, as the package set resolves its name. A package with several outputs has
 * several of these, with equal names and attributes.
 */
export interface PackageRoot {
  /** As it stands in the image's name. */
  readonly name: string;
  /** As the package set spells it. */
  readonly attribute: string;
  readonly path: string;
  /** False for a package that every image gets. */
  readonly requested: boolean;
}

/** The packages of an image, and all store paths that they need at run time. */
export interface ImageClosure {
  readonly packages: readonly PackageRoot[];
  readonly closure: readonly StorePath[];
  /** Only for an image that the package set defines. */
  readonly options?: ImageOptions | undefined;
}
