import { storePathName } from "../closure/store-path.ts";

/** A package's name ends at the first `-` before a character that is not a letter. An output may follow the version. */
const NAME = /^(.+?)(?:-([^A-Za-z].*?)(?:-([a-z]+))?)?$/;

/** What the name of a store path says of its package. */
export interface NameParts {
  readonly name: string;
  readonly version: string | undefined;
  /** Known only if the name has a version, too: `two-words` is one name. */
  readonly output: string | undefined;
}

/**
 * Splits the name of a derivation or store path, as Nix's `parseDrvName` does, and takes an output from the version.
 *
 *     openssl-3.0.14-bin  ->  openssl, 3.0.14, bin
 */
export function nameParts(text: string): NameParts {
  const [, name = text, version, output] = NAME.exec(text) ?? [];
  return { name, version, output };
}

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
export function withoutVersion(text: string): string {
  const { name, output } = nameParts(text);
  return output === undefined ? name : `${name}-${output}`;
}
