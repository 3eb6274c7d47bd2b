import type { ByteString } from "../tar/byte-string.ts";

/** Something at a path. */
export type TreeNode =
  | { readonly kind: "directory" }
  /** `size`: bytes. */
  | { readonly kind: "file"; readonly size: number }
  /** `target`: as the link has it. */
  | { readonly kind: "symlink"; readonly target: ByteString }
  /** Such as a FIFO: nobody reads it. */
  | { readonly kind: "other" };

/** Something in a directory. */
export interface DirectoryEntry {
  readonly name: ByteString;
  readonly isLink: boolean;
  readonly isDirectory: boolean;
}

/**
 * The files of store paths, on a disk or in memory. The methods are synchronous, because one image needs thousands of
 * answers. Paths are absolute. No method follows a link.
 */
export interface FileTrees {
  /** Undefined where nothing is. The directories of the path are no links. */
  find(path: ByteString): TreeNode | undefined;
  /** The entries of a directory that `find` has found, in any order. Throws `PackageError` when there are too many. */
  list(directory: ByteString): readonly DirectoryEntry[];
  /** All bytes of a file that `find` has found. */
  read(file: ByteString): Uint8Array;
}
