import { maxBytesToRead } from "../root/files-to-read.ts";
import type { ByteString } from "../tar/byte-string.ts";

/** An entry of a store path's tree, in the order of the tar. `path` is relative to the store path: "" for itself. */
export type TreeEntry =
  | { readonly kind: "directory"; readonly path: ByteString }
  | FileEntry
  | { readonly kind: "symlink"; readonly path: ByteString; readonly target: ByteString };

export interface FileEntry {
  readonly kind: "file";
  readonly path: ByteString;
  /** In bytes. */
  readonly size: number;
  readonly isExecutable: boolean;
  /** The whole content, if `keepsBytes` says so. */
  readonly bytes: Uint8Array | undefined;
}

/** Whether a record keeps a file's bytes, because the root layer may read them. An empty file has none to lose. */
export function keepsBytes(path: ByteString, size: number): boolean {
  return size <= maxBytesToRead(path);
}
