import { storePathName } from "../closure/store-path.ts";

/** Up to the first `-` that something other than a letter follows; after the version, the output may stand. */
const NAME = /^(.+?)(?:-[^A-Za-z].*?(-[a-z]+)?)?$/;

/**
 * The package that a store path is of, the same in all its versions: neither hash nor version, but the
 * output, because `openssl-bin` is in other images than `openssl`.
 *
 *     /nix/store/<hash>-python3.12-requests-2.32.3  ->  python3.12-requests
 *     /nix/store/<hash>-openssl-3.0.14-bin          ->  openssl-bin
 */
export function packageName(path: string): string {
  return withoutVersion(storePathName(path));
}

/** The same for the name of a derivation or store path: `git-2.51.0` is of `git`. */
export function withoutVersion(name: string): string {
  const [, base = name, output = ""] = NAME.exec(name) ?? [];
  return base + output;
}
