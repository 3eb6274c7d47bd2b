import type { ByteString } from "./byte-string.ts";

/**
 * One member of a layer's tar. Everything that a tar header holds beyond this is fixed
 * (`tar-header.ts`), so that the same entries give the same bytes everywhere.
 */
export type TarEntry =
  | { readonly type: "directory"; readonly name: ByteString; readonly mode: number }
  | { readonly type: "symlink"; readonly name: ByteString; readonly target: ByteString }
  /** Another name of a file that came before, whose name is the target and whose mode it has. */
  | { readonly type: "hardlink"; readonly name: ByteString; readonly mode: number; readonly target: ByteString }
  | { readonly type: "file"; readonly name: ByteString; readonly mode: number; readonly content: Content };

/** Bytes in memory, or a file whose size is known beforehand. */
export type Content =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: ByteString; readonly size: number };
