import type { ByteString } from "../tar/byte-string.ts";

/** A file, directory or link at a path. */
export type TreeNode =
  | { readonly kind: "directory" }
  /** `size`: bytes. */
  | { readonly kind: "file"; readonly size: number }
  /** `target`: as it is written in the link. */
  | { readonly kind: "symlink"; readonly target: ByteString }
  /** For example a FIFO. It is never read. */
  | { readonly kind: "other" };

/** An entry of a directory. */
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
  /** Undefined if nothing is there. No directory of the path may be a link. */
  find(path: ByteString): TreeNode | undefined;
  /** The entries of a directory that `find` has found, in any order. Throws `PackageError` if there are too many. */
  list(directory: ByteString): readonly DirectoryEntry[];
  /** All bytes of a file that `find` has found. */
  read(file: ByteString): Uint8Array;
}
