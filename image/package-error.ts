import { basename } from "node:path";
import { plainLine } from "../protocol/plain-text.ts";
import { STORE_DIRECTORY, storePathName } from "./store-path.ts";

/** A package is to blame, and no machine of ours: its message is for the person who pulls. */
export class PackageError extends Error {
  override readonly name = "PackageError";

  /** `path`: of the package, or of a file in it. `problem` follows the package's name, as in `git-2.51.0 has …`. */
  constructor(path: string, problem: string) {
    super(plainLine(`${packageOf(path)} ${problem}`));
  }
}

function packageOf(path: string): string {
  if (!path.startsWith(`${STORE_DIRECTORY}/`)) return basename(path);
  const [name = ""] = storePathName(path).split("/");
  return name;
}
