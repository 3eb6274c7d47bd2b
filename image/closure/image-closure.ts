import type { ImageOptions } from "./image-options.ts";
import type { StorePath } from "./store-path.ts";

/** A package of the image: what its name led to. */
export interface PackageRoot {
  /** As it stands in the image's name. */
  readonly name: string;
  /** As the package set spells it. */
  readonly attribute: string;
  readonly path: string;
  /** False for those that every image gets. */
  readonly requested: boolean;
}

/** What an image is made of: its packages and all that they need at run time. */
export interface ImageClosure {
  readonly packages: readonly PackageRoot[];
  readonly closure: readonly StorePath[];
  /** Of an image that the package set defines. */
  readonly options?: ImageOptions | undefined;
}
