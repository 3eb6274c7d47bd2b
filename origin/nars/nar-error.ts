import { storePathName } from "../../image/closure/store-path.ts";

/** An archive breaks the rules of the format, or is not what its description promises. The message is for people. */
export class NarError extends Error {
  override readonly name = "NarError";

  /** `problem` follows the store path's name, as in `the archive of git-2.51.0 ends early`. */
  constructor(storePath: string, problem: string) {
    super(`the archive of ${storePathName(storePath)} ${problem}`);
  }
}
