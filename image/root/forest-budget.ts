import { PackageError } from "../closure/package-error.ts";
import type { ByteString } from "../tar/byte-string.ts";

/**
 * Ten times as many as the largest images have. Links between the directories of two packages can make more paths than
 * memory holds, from only a hundred files.
 */
const MAX_NAMES = 200_000;
/** Bytes of all paths and link targets. Several threads hold a copy. */
const MAX_TEXT_BYTES = 33_554_432;

/** Limits the time and the memory that one image's root takes. */
export class ForestBudget {
  #names = 0;
  #textBytes = 0;

  /** Counts a name in a directory. Throws `PackageError`. */
  takeName(directory: ByteString): void {
    this.#names += 1;
    if (this.#names > MAX_NAMES)
      throw new PackageError(directory, `brings too much: an image's root has at most ${MAX_NAMES} names`);
  }

  /** Counts the paths of an entry or a clash: in the store, and in the root. Throws `PackageError`. */
  takeText(source: ByteString, path: ByteString): void {
    this.#textBytes += source.length + path.length;
    if (this.#textBytes > MAX_TEXT_BYTES)
      throw new PackageError(source, "brings too much: the paths in an image's root are too long in total");
  }
}
