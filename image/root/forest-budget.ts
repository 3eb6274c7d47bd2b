import { PackageError } from "../closure/package-error.ts";
import type { ByteString } from "../tar/byte-string.ts";

/**
 * Ten times as many as the largest images have. Links that lead from directory to directory, in two packages at a
 * time, can make more paths of a hundred files than any memory holds.
 */
const MAX_NAMES = 200_000;
/** Of paths and what they link to, which several threads hold; bytes. */
const MAX_TEXT_BYTES = 33_554_432;

/** What one image's root may take of time and memory. */
export class ForestBudget {
  #names = 0;
  #textBytes = 0;

  /** A name in a directory. Throws `PackageError`. */
  takeName(directory: ByteString): void {
    this.#names += 1;
    if (this.#names > MAX_NAMES)
      throw new PackageError(directory, `brings too much: an image's root has at most ${MAX_NAMES} names`);
  }

  /** Of an entry or a clash: where it is in the store, and in the root. Throws `PackageError`. */
  takeText(source: ByteString, path: ByteString): void {
    this.#textBytes += source.length + path.length;
    if (this.#textBytes > MAX_TEXT_BYTES)
      throw new PackageError(source, "brings too much: the paths in an image's root are too long together");
  }
}
