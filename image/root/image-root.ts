import { CERTIFICATE_BUNDLE, SHELL_PROGRAM } from "../description/image-config.ts";
import { type AccountNames, accountNames } from "./account-names.ts";
import type { Forest } from "./forest.ts";
import { findInRoots } from "./package-roots.ts";
import { rootLayer } from "./root-layer.ts";
import type { StoreFiles } from "./store-files.ts";

/** The root directory that the packages of an image make. */
export interface ImageRoot extends Forest {
  readonly hasShell: boolean;
  readonly hasCertificates: boolean;
  readonly accounts: AccountNames;
}

/** `roots`: in order of precedence, as `packageRoots` gives them. Throws as `buildForest` does. */
export function imageRoot(roots: readonly string[], files: StoreFiles): ImageRoot {
  return {
    ...rootLayer(roots, files),
    hasShell: findInRoots(roots, SHELL_PROGRAM, files) !== undefined,
    hasCertificates: findInRoots(roots, CERTIFICATE_BUNDLE, files) !== undefined,
    accounts: accountNames(roots, files),
  };
}
