import type { ByteString } from "./byte-string.ts";

/**
 * One member of a layer's tar. `tar-header.ts` fixes all other fields of a header, so the same entries give the same
 * bytes everywhere.
 */
export type TarEntry =
  | { readonly type: "directory"; readonly name: ByteString; readonly mode: number; readonly owner?: Owner }
  | { readonly type: "symlink"; readonly name: ByteString; readonly target: ByteString }
  /** Another name for an earlier file. `target` is that file's name, and `mode` its mode. */
  | { readonly type: "hardlink"; readonly name: ByteString; readonly mode: number; readonly target: ByteString }
  | { readonly type: "file"; readonly name: ByteString; readonly mode: number; readonly content: Content };

/** Numbers of a user and a group. Without an owner, an entry belongs to root. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Bytes in memory, or a file whose size is known in advance. */
export type Content =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: ByteString; readonly size: number };
