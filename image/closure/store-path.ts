/** A valid path right below the Nix store, with what Nix knows of it. */
export interface StorePath {
  readonly path: string;
  /** Bytes of its serialisation: about what its files add up to. */
  readonly narSize: number;
  /** Store paths that its files name, itself included where it does. */
  readonly references: readonly string[];
}

export const STORE_DIRECTORY = "/nix/store";

/** No package has such a path: Nix says so when it is asked, if it can be asked at all. */
export const ABSENT_PATH = `${STORE_DIRECTORY}/00000000000000000000000000000000-cornice-readiness`;

/** https://nix.dev/manual/nix/2.28/protocols/store-path: 32 digits of Nix's base 32, then a name. */
const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\-._?=]{1,211}$/;

export function isStorePath(path: string): boolean {
  return STORE_PATH.test(path);
}

/** Whether a store path is that of a derivation. */
export function isDerivation(path: string): boolean {
  return isStorePath(path) && path.endsWith(".drv");
}

/** `/nix/store/<hash>-<name>` without directory and hash. */
export function storePathName(path: string): string {
  return path.slice(STORE_DIRECTORY.length + 34);
}
