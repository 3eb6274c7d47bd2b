import { STORE_DIRECTORY, storePathName } from "./store-path.ts";

/**
 * The package is at fault, not the registry. The message is for the person who pulls. It can hold control characters
 * from file names: the program that sends it to a client must remove them.
 */
export class PackageError extends Error {
  override readonly name = "PackageError";

  /** `path` is the package, or a file in it. `problem` follows the package's name, as in `git-2.51.0 has …`. */
  constructor(path: string, problem: string) {
    super(`${packageOf(path)} ${problem}`);
  }
}

function packageOf(path: string): string {
  if (!path.startsWith(`${STORE_DIRECTORY}/`)) return path.slice(path.lastIndexOf("/") + 1);
  const [name = ""] = storePathName(path).split("/");
  return name;
}
