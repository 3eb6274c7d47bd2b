import { CERTIFICATE_BUNDLE, SHELL_PROGRAM } from "../description/image-config.ts";
import type { Forest } from "./forest.ts";
import { findInRoots, packageRoots, type PackagesToRead } from "./package-roots.ts";
import { rootLayer } from "./root-layer.ts";

/** What an image's packages make of its root directory. */
export interface ImageRoot extends Forest {
  readonly hasShell: boolean;
  readonly hasCertificates: boolean;
}

/** Hundreds of small reads, synchronously, which is many times as fast: for threads that may wait. */
export function readImageRoot(image: PackagesToRead): ImageRoot {
  const roots = packageRoots(image);
  return {
    ...rootLayer(roots),
    hasShell: findInRoots(roots, SHELL_PROGRAM) !== undefined,
    hasCertificates: findInRoots(roots, CERTIFICATE_BUNDLE) !== undefined,
  };
}
