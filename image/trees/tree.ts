import type { ByteString } from "../tar/byte-string.ts";

/** The tree of one store path: its names, its links, and the bytes of a few files. A plain value that can be cloned. */
export interface Tree {
  /** The store path itself. Its name is "". */
  readonly top: TreeFile;
  /** The memory that the tree takes, about. */
  readonly memoryBytes: number;
}

export type TreeFile =
  | TreeDirectory
  | FileOfTree
  | { readonly kind: "symlink"; readonly name: ByteString; readonly target: ByteString };

export interface FileOfTree {
  readonly kind: "file";
  readonly name: ByteString;
  /** In bytes. */
  readonly size: number;
  readonly isExecutable: boolean;
  /** The whole content, or undefined if the tree does not keep it. */
  readonly bytes: Uint8Array | undefined;
}

export interface TreeDirectory {
  readonly kind: "directory";
  readonly name: ByteString;
  /** In byte order. A map would take twice as long to make, and most directories are never looked at. */
  readonly files: readonly TreeFile[];
}

export interface TreeLimits {
  readonly entries: number;
  /** Memory. The text of a record takes no more. */
  readonly bytes: number;
}

/**
 * Python has eleven thousand entries, and a large set of icons has eighty thousand. A larger tree would keep its thread
 * busy for too long.
 */
export const TREE_LIMITS: TreeLimits = { entries: 100_000, bytes: 33_554_432 };

/** The file at a path relative to the store path, "" for itself. Undefined if nothing is there. Follows no link. */
export function fileAt({ top }: Tree, path: ByteString): TreeFile | undefined {
  if (path === "") return top;
  let file: TreeFile | undefined = top;
  for (const name of path.split("/")) {
    if (file?.kind !== "directory") return undefined;
    file = fileNamed(file, name);
  }
  return file;
}

/** Undefined if the directory has no such name. */
export function fileNamed({ files }: TreeDirectory, name: ByteString): TreeFile | undefined {
  let low = 0;
  let high = files.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const file = files[middle];
    if (!file || file.name === name) return file;
    if (file.name < name) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
