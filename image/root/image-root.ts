import { CERTIFICATE_BUNDLE, SHELL_PROGRAM } from "../description/image-config.ts";
import { accountsOf } from "./accounts.ts";
import { findInRoots } from "./package-roots.ts";
import { type RootLayer, rootLayer } from "./root-layer.ts";
import type { StoreFiles } from "./store-files.ts";

/** The root directory that the packages of an image make. */
export interface ImageRoot extends RootLayer {
  readonly hasShell: boolean;
  readonly hasCertificates: boolean;
  readonly accounts: AccountNames;
}

/** The users and groups that the image knows by name. */
export interface AccountNames {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** `roots`: in order of precedence, as `packageRoots` gives them. Throws as `buildForest` does. */
export function imageRoot(roots: readonly string[], files: StoreFiles): ImageRoot {
  const accounts = accountsOf(roots, files);
  return {
    ...rootLayer(roots, files, accounts),
    hasShell: findInRoots(roots, SHELL_PROGRAM, files) !== undefined,
    hasCertificates: findInRoots(roots, CERTIFICATE_BUNDLE, files) !== undefined,
    accounts: {
      users: accounts.users.map(({ name }) => name),
      groups: accounts.groups.map(({ name }) => name),
    },
  };
}
