import { storePathName } from "../closure/store-path.ts";

/** A package's name ends at the first `-` before a character that is not a letter. An output may follow the version. */
const NAME = /^(.+?)(?:-[^A-Za-z].*?(-[a-z]+)?)?$/;

/**
 * The package's name in a store path, without hash and version. The output stays, because `openssl-bin` is in other
 * images than `openssl`.
 *
 *     /nix/store/<hash>-python3.12-requests-2.32.3  ->  python3.12-requests
 *     /nix/store/<hash>-openssl-3.0.14-bin          ->  openssl-bin
 */
export function packageName(path: string): string {
  return withoutVersion(storePathName(path));
}

/** The same for the name of a derivation or store path: `git` for `git-2.51.0`. */
export function withoutVersion(name: string): string {
  const [, base = name, output = ""] = NAME.exec(name) ?? [];
  return base + output;
}
