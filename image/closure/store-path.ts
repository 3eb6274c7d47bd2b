/** A valid path directly below the Nix store. */
export interface StorePath {
  readonly path: string;
  /** Bytes of the path as a NAR archive: about the sum of its files. */
  readonly narSize: number;
  /** Store paths that its files name. A path can name itself. */
  readonly references: readonly string[];
}

export const STORE_DIRECTORY = "/nix/store";

/** A path that no package has. Health checks ask Nix about it: any answer shows that Nix works. */
export const ABSENT_PATH = `${STORE_DIRECTORY}/00000000000000000000000000000000-cornice-readiness`;

/** https://nix.dev/manual/nix/2.28/protocols/store-path: 32 digits of Nix's base 32, then a name. */
const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\-._?=]{1,211}$/;

export function isStorePath(path: string): boolean {
  return STORE_PATH.test(path);
}

/** Whether a path is the store path of a derivation. */
export function isDerivation(path: string): boolean {
  return isStorePath(path) && path.endsWith(".drv");
}

/** The 32 digits at the beginning of a store path's name. No other store path has them. */
export function storePathHash(path: string): string {
  return path.slice(STORE_DIRECTORY.length + 1, STORE_DIRECTORY.length + 33);
}

/** The `<hash>-<name>` of `/nix/store/<hash>-<name>`. */
export function storePathWord(path: string): string {
  return path.slice(STORE_DIRECTORY.length + 1);
}

/** The `<name>` of `/nix/store/<hash>-<name>`. */
export function storePathName(path: string): string {
  return path.slice(STORE_DIRECTORY.length + 34);
}
