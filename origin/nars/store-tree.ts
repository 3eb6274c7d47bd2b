import { PackageError } from "../../image/closure/package-error.ts";
import type { ByteString } from "../../image/tar/byte-string.ts";

/** The modes in a layer. They are those that Nix gives, so the file system and the archive have no say. */
export const DIRECTORY_MODE = 0o555;
const FILE_MODE = 0o444;
const EXECUTABLE_MODE = 0o555;

export interface DirectoryLimits {
  readonly names: number;
  /** Memory of all names: the bytes of each name and `STRING_BYTES`. */
  readonly bytes: number;
}

/** The memory that a string takes beside its characters, about. */
export const STRING_BYTES = 32;
/**
 * The largest directories of packages have some ten thousand names. A thread's memory holds a few directories like
 * this.
 */
export const DIRECTORY_LIMITS: DirectoryLimits = { names: 500_000, bytes: 33_554_432 };

/** The mode of a file in a layer. */
export function fileMode(isExecutable: boolean): number {
  return isExecutable ? EXECUTABLE_MODE : FILE_MODE;
}

/** The fault of a package with a directory above the limit. `path`: the package, or a file in it. */
export function tooManyNames(path: ByteString, limits = DIRECTORY_LIMITS): PackageError {
  return new PackageError(path, `has a directory with too many names: the limit is ${limits.names}`);
}

/** The fault of a package whose directories, one in the other, are together above the limit. */
export function tooManyNestedNames(path: ByteString): PackageError {
  return new PackageError(path, "has directories with too many names");
}

/** The fault of a package with a path that no Linux system can open. */
export function pathTooLong(path: ByteString): PackageError {
  return new PackageError(path, "has files whose paths are longer than 4095 bytes");
}
